/**
 * Where messages begin and end in one direction of a connection: a client writes several before it is answered, and one
 * chunk of bytes carries many of them, or a part of one. Knows of the Redis protocol (RESP2 and 3) only how long a
 * message is.
 */

/** A message, or the part of it that has arrived. */
export interface Piece {
  readonly bytes: Buffer;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  /** A server says it unasked (RESP3). */
  readonly isPush: boolean;
}

const LINE_FEED = 0x0a;

export class MessageCutter {
  /** Of the message that has begun; 0 between messages. */
  #missingValues = 0;
  /** Of a value whose length is known. */
  #missingBytes = 0;
  /** A line whose end has not come. */
  #line = "";
  #isBegun = false;
  #isPush = false;

  /** All bytes of the chunk, in order. */
  cut(chunk: Buffer): Piece[] {
    const pieces: Piece[] = [];
    let start = 0;
    for (let at = 0; at < chunk.length;) {
      if (!this.#isBegun && at === start) this.#isPush = chunk[at] === 0x3e;
      at = this.#missingBytes > 0 ? this.#skip(chunk, at) : this.#readLine(chunk, at);
      if (at < chunk.length && (this.#missingValues > 0 || this.#missingBytes > 0)) continue;
      const isLast = this.#missingValues === 0 && this.#line === "";
      pieces.push({ bytes: chunk.subarray(start, at), isFirst: !this.#isBegun, isLast, isPush: this.#isPush });
      this.#isBegun = !isLast;
      start = at;
    }
    return pieces;
  }

  #skip(chunk: Buffer, at: number): number {
    const byteCount = Math.min(this.#missingBytes, chunk.length - at);
    this.#missingBytes -= byteCount;
    if (this.#missingBytes === 0) this.#missingValues -= 1;
    return at + byteCount;
  }

  #readLine(chunk: Buffer, at: number): number {
    const end = chunk.indexOf(LINE_FEED, at);
    if (end < 0) {
      this.#line += chunk.toString("latin1", at);
      return chunk.length;
    }
    const line = this.#line + chunk.toString("latin1", at, end);
    this.#line = "";
    if (this.#missingValues === 0) this.#missingValues = 1;
    this.#begin(line[0], Math.max(0, Number.parseInt(line.slice(1), 10)), line.startsWith("-1", 1));
    return end + 1;
  }

  /** A value of this type, of which the line tells the size. */
  #begin(type: string | undefined, size: number, isNull: boolean): void {
    if ((type === "$" || type === "=" || type === "!") && !isNull) {
      this.#missingBytes = size + 2;
      return;
    }
    if (type === "*" || type === "~" || type === ">") this.#missingValues += size;
    else if (type === "%") this.#missingValues += 2 * size;
    // Attributes stand before the value that they are about.
    else if (type === "|") this.#missingValues += 2 * size + 1;
    this.#missingValues -= 1;
  }
}
