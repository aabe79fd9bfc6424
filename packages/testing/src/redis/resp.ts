/** The little of the Redis protocol (RESP2) that the rig needs to talk to its servers without any client library. */

/** A reply as plain data; bulk strings are read as UTF-8. */
export type Reply = string | number | null | readonly Reply[];

/** The server answered with an error, e.g. "OOM command not allowed when used memory > 'maxmemory'". */
export class ReplyError extends Error {
  override readonly name = "ReplyError";
}

export function encodeCommand(args: readonly (string | number)[]): string {
  const parts = args.map((arg) => `$${Buffer.byteLength(String(arg))}\r\n${arg}\r\n`);
  return `*${args.length}\r\n${parts.join("")}`;
}

/** Cuts a stream of bytes into replies. */
export class ReplyReader {
  #bytes: Buffer = Buffer.alloc(0);

  /** The replies that these bytes complete; an error reply comes as a `ReplyError`. */
  read(chunk: Buffer): (Reply | ReplyError)[] {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    const replies: (Reply | ReplyError)[] = [];
    let offset = 0;
    for (;;) {
      const parsed = parse(this.#bytes, offset);
      if (parsed === undefined) break;
      replies.push(parsed.reply);
      offset = parsed.end;
    }
    this.#bytes = this.#bytes.subarray(offset);
    return replies;
  }
}

interface Parsed {
  readonly reply: Reply | ReplyError;
  readonly end: number;
}

/** `undefined` when the bytes end before the reply does. */
function parse(bytes: Buffer, start: number): Parsed | undefined {
  const lineEnd = bytes.indexOf("\r\n", start);
  if (lineEnd < 0) return undefined;
  const line = bytes.toString("utf8", start + 1, lineEnd);
  const end = lineEnd + 2;
  switch (String.fromCharCode(bytes[start] ?? 0)) {
    case "+":
      return { reply: line, end };
    case "-":
      return { reply: new ReplyError(line), end };
    case ":":
      return { reply: Number(line), end };
    case "$":
      return parseBulk(bytes, end, Number(line));
    case "*":
      return parseArray(bytes, end, Number(line));
    default:
      throw new Error(`not a RESP2 reply: ${JSON.stringify(line)}`);
  }
}

function parseBulk(bytes: Buffer, start: number, byteLength: number): Parsed | undefined {
  if (byteLength < 0) return { reply: null, end: start };
  if (bytes.length < start + byteLength + 2) return undefined;
  return { reply: bytes.toString("utf8", start, start + byteLength), end: start + byteLength + 2 };
}

function parseArray(bytes: Buffer, start: number, count: number): Parsed | undefined {
  if (count < 0) return { reply: null, end: start };
  const items: Reply[] = [];
  let end = start;
  for (let index = 0; index < count; index += 1) {
    const item = parse(bytes, end);
    if (item === undefined) return undefined;
    items.push(item.reply instanceof ReplyError ? item.reply.message : item.reply);
    end = item.end;
  }
  return { reply: items, end };
}
