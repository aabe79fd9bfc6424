import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MessageCutter, type Piece } from "../src/redis/message-cutter.ts";

const text = fc.string({ unit: "binary", maxLength: 20 });
const line = fc.stringMatching(/^[a-z 0-9]*$/);

/** Replies and requests of all kinds, as they travel. */
const message = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    line.map((word) => `+${word}\r\n`),
    line.map((word) => `-ERR ${word}\r\n`),
    fc.integer().map((number) => `:${number}\r\n`),
    fc.constantFrom("$-1\r\n", "*-1\r\n", "_\r\n", "#t\r\n", "*0\r\n"),
    text.map((content) => `$${Buffer.byteLength(content)}\r\n${content}\r\n`),
    text.map((content) => `=${Buffer.byteLength(content)}\r\n${content}\r\n`),
    fc.array(tie("value"), { maxLength: 4 }).map((list) => `*${list.length}\r\n${list.join("")}`),
    fc.array(tie("value"), { maxLength: 4 }).map((list) => `>${list.length}\r\n${list.join("")}`),
    fc
      .array(fc.tuple(tie("value"), tie("value")), { maxLength: 3 })
      .map((map) => `%${map.length}\r\n${map.flat().join("")}`),
    fc.tuple(tie("value"), tie("value"), tie("value")).map((three) => `|1\r\n${three.join("")}`),
  ),
})).value;

function cutAll(chunks: readonly Buffer[]): Piece[] {
  const cutter = new MessageCutter();
  return chunks.flatMap((chunk) => cutter.cut(chunk));
}

/** A stream in chunks that end anywhere. */
function chunksOf(stream: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [...new Set([0, ...cuts.map((cut) => cut % (stream.length + 1)), stream.length])].sort((a, b) => a - b);
  return at.slice(1).map((end, index) => stream.subarray(at[index], end));
}

/** What was put together from the pieces, message by message. */
function joined(pieces: readonly Piece[]): string[] {
  const messages: string[] = [];
  let parts: Buffer[] = [];
  for (const { bytes, isFirst, isLast } of pieces) {
    expect(isFirst).toBe(parts.length === 0);
    parts.push(bytes);
    if (!isLast) continue;
    messages.push(Buffer.concat(parts).toString());
    parts = [];
  }
  expect(parts).toEqual([]);
  return messages;
}

describe("a stream of messages is cut where they end", () => {
  test("however its chunks fall", () => {
    const property = fc.property(fc.array(message, { minLength: 1 }), fc.array(fc.nat()), (messages, cuts) => {
      expect(joined(cutAll(chunksOf(Buffer.from(messages.join("")), cuts)))).toEqual(messages);
    });
    fc.assert(property, { numRuns: 2_000 });
  });

  test("and what is said unasked is known", () => {
    const stream = "+OK\r\n>2\r\n$1\r\na\r\n:1\r\n:2\r\n";
    const pieces = cutAll(chunksOf(Buffer.from(stream), [8, 12]));
    expect(pieces.map(({ isPush, isLast }) => [isPush, isLast])).toEqual([
      [false, true],
      [true, false],
      [true, false],
      [true, true],
      [false, true],
    ]);
  });
});
