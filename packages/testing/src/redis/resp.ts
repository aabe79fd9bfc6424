/** The little of the Redis protocol (RESP2) that the rig needs to talk to its servers without any client library. */

import { MessageCutter } from "./message-cutter.ts";

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

/** Reads a stream of bytes as replies. */
export class ReplyReader {
  readonly #messages = new MessageCutter();
  /** Of a reply whose end has not come. */
  #parts: Buffer[] = [];

  /** The replies that these bytes complete; an error reply comes as a `ReplyError`. */
  read(chunk: Buffer): (Reply | ReplyError)[] {
    const replies: (Reply | ReplyError)[] = [];
    for (const { bytes, isLast } of this.#messages.cut(chunk)) {
      this.#parts.push(bytes);
      if (isLast) replies.push(parse(Buffer.concat(this.#parts.splice(0)), 0).reply);
    }
    return replies;
  }
}

interface Parsed {
  readonly reply: Reply | ReplyError;
  readonly end: number;
}

/** The value that begins at `start`, of a message that is complete. */
function parse(bytes: Buffer, start: number): Parsed {
  const lineEnd = bytes.indexOf("\r\n", start);
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

function parseBulk(bytes: Buffer, start: number, byteLength: number): Parsed {
  if (byteLength < 0) return { reply: null, end: start };
  return { reply: bytes.toString("utf8", start, start + byteLength), end: start + byteLength + 2 };
}

function parseArray(bytes: Buffer, start: number, count: number): Parsed {
  if (count < 0) return { reply: null, end: start };
  const items: Reply[] = [];
  let end = start;
  for (let index = 0; index < count; index += 1) {
    const item = parse(bytes, end);
    items.push(item.reply instanceof ReplyError ? item.reply.message : item.reply);
    end = item.end;
  }
  return { reply: items, end };
}
