import { describe, expect, test } from "vitest";
import { encodeOperations, scriptSha1, type Operation } from "../../src/node/index.ts";
import { encodeCall } from "../../src/node/encode.ts";
import { acquire, extend, heal, inspect, release } from "./operations.ts";
import { libraries } from "./real-node.ts";

const operations: readonly Operation[] = [
  acquire({ keys: ["ключ", "a b", ""], token: "two\r\nlines" }),
  acquire({ fence: 0 }),
  acquire({ place: { ticket: 7, waiter: "me", keepMs: 500, number: 3, claimMs: 200 } }),
  heal(),
  extend({ keys: ["{tag}x"] }),
  release({ bury: true }),
  release({ bury: true, leaves: { ticket: 7, waiter: "me" } }),
  inspect("orders", "other"),
];

describe.each(libraries)("over $name", (library) => {
  const client = library.Redis("redis://127.0.0.1:1", { lazyConnect: true });

  /** What the client itself would write. */
  function written(parameters: readonly string[]): string {
    let bytes = "";
    const target = {
      options: {},
      sendCommand: (command: { toWritable(): string }) => {
        bytes = command.toWritable();
      },
    };
    (client.createBuiltinCommand("evalsha").string as (parameters: readonly string[]) => unknown).call(
      target,
      parameters,
    );
    return bytes;
  }

  test.each([
    ["", "a life"],
    ["app:", ""],
    ["ä:", "-"],
  ])("a call is what the client would write, with the prefix %j and the life %j", (prefix, known) => {
    for (const batch of [operations, ...operations.map((operation) => [operation])]) {
      const parameters = [scriptSha1];
      encodeOperations(batch, prefix, parameters, known, `${prefix}record`);
      expect(encodeCall(scriptSha1, batch, prefix, known, `${prefix}record`)).toBe(written(parameters));
    }
  });
});

test("an operation that is sent to nodes with different prefixes is encoded for each", () => {
  const operation = acquire();
  const [one, two] = ["one:", "two:"].map((prefix) => encodeCall(scriptSha1, [operation], prefix, "", "record"));
  expect(one).toContain("one:orders");
  expect(two).toContain("two:orders");
  expect(encodeCall(scriptSha1, [operation], "one:", "", "record")).toBe(one);
});

test("a copy of an operation that was sent, with something changed, is sent as what it is", () => {
  const original = extend();
  const known = encodeCall(scriptSha1, [original], "", "", "record");
  const copy = { ...original, kind: "heal" } as const;
  // Without a check of its own it would be sent as the original: the copy has taken the bytes along.
  expect(Object.getOwnPropertySymbols(copy)).toHaveLength(1);
  expect(encodeCall(scriptSha1, [copy], "", "", "record")).toBe(encodeCall(scriptSha1, [heal()], "", "", "record"));
  expect(encodeCall(scriptSha1, [original], "", "", "record")).toBe(known);
});
