/** What a chunk of bytes to a Redis server is about, as far as its first command tells. */

/** How the lock's script names its operations: see dispatcher.lua. */
const verbs: Readonly<Record<string, string>> = {
  a: "acquire",
  w: "acquire",
  h: "heal",
  e: "extend",
  r: "release",
  k: "release",
  i: "inspect",
  n: "notice",
};

/** No name is longer; of the script's text, and of what an operation's letter is followed by, no more need be read. */
const longestRead = 64;
const longestReply = 4_096;

/**
 * For a call of the lock's script its first operation's kind, for any other command its name in lower case;
 * `undefined` when the chunk does not begin with a command.
 */
export function operationName(chunk: Buffer): string | undefined {
  const command = readArguments(chunk);
  const name = command.next().value?.toLowerCase();
  if (name !== "evalsha" && name !== "eval") return name;
  command.next();
  for (let keyCount = Number(command.next().value ?? 0); keyCount > 0; keyCount -= 1) command.next();
  // Right behind the keys stands what the caller knows of the node.
  command.next();
  const [, letter = ""] = /^([a-z])\d+(?: |$)/.exec(command.next().value ?? "") ?? [];
  return verbs[letter] ?? name;
}

/** The first command's arguments, as long as they lie in the chunk. Of long ones the beginning. */
function* readArguments(chunk: Buffer): Generator<string, undefined> {
  if (chunk[0] !== 0x2a) return undefined;
  let at = chunk.indexOf("\r\n") + 2;
  while (at >= 2 && chunk[at] === 0x24) {
    const start = chunk.indexOf("\r\n", at) + 2;
    const byteLength = Number(chunk.toString("latin1", at + 1, start - 2));
    if (start < 2 || start + byteLength > chunk.length) return undefined;
    yield chunk.toString("utf8", start, start + Math.min(byteLength, longestRead));
    at = start + byteLength + 2;
  }
  return undefined;
}

const lockOperations = new Set(Object.values(verbs));

/** Whether it is one of the lock's operations, and not a command of Redis. */
export function isLockOperation(name: string): boolean {
  return lockOperations.has(name);
}

/** Whether a reply of the lock's script holds no refusal and no error. */
export function isGranted(reply: Buffer): boolean {
  return reply[0] !== 0x2d && !/\r\n(?:held|stale|lost|error)\r\n/.test(reply.toString("latin1", 0, longestReply));
}
