/** What a chunk of bytes to a Redis server is about, as far as its first command tells. */

/** How the lock's script names its operations: see dispatcher.lua. */
const verbs: Readonly<Record<string, string>> = {
  a: "acquire",
  h: "heal",
  e: "extend",
  r: "release",
  i: "inspect",
};

/** No name is longer, and the script's text need not be made a string. */
const longestRead = 64;

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
  const [, letter = ""] = /^([a-z])\d+$/.exec(command.next().value ?? "") ?? [];
  return verbs[letter] ?? name;
}

/** The first command's arguments, as long as they lie in the chunk. Long ones are passed over. */
function* readArguments(chunk: Buffer): Generator<string, undefined> {
  if (chunk[0] !== 0x2a) return undefined;
  let at = chunk.indexOf("\r\n") + 2;
  while (at >= 2 && chunk[at] === 0x24) {
    const start = chunk.indexOf("\r\n", at) + 2;
    const byteLength = Number(chunk.toString("latin1", at + 1, start - 2));
    if (start < 2 || start + byteLength > chunk.length) return undefined;
    yield byteLength > longestRead ? "" : chunk.toString("utf8", start, start + byteLength);
    at = start + byteLength + 2;
  }
  return undefined;
}
