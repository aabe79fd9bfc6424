/** An operation that cannot be encoded gets a vote of its own, and no place in a call that others travel in. */
import { memoryNodes } from "@quorate/testing";
import { expect, test } from "vitest";
import type { Operation, Vote } from "@quorate/redlock/node";

const acquire = { kind: "acquire", token: "t", fence: 0, ttlMs: 60_000, fenceRetentionMs: 0 } as const;
const unfit: readonly [string, object][] = [
  ["a key that is undefined", { ...acquire, keys: [undefined] }],
  ["a key that is null", { ...acquire, keys: ["a", null] }],
  ["no list of keys", { ...acquire, keys: undefined }],
  ["no token", { ...acquire, keys: ["a"], token: undefined }],
  ["a waiter that is a number", { kind: "leave", keys: ["a"], waiter: 1 }],
];

test.each(unfit)("%s is refused at the door, and the operation beside it is granted", async (_title, operation) => {
  const fleet = memoryNodes(1);
  const [node] = fleet.connect();
  const ask = (asked: object): Promise<Vote> =>
    new Promise((resolve) => {
      node!.send(asked as Operation, { abandoned: false, receive: (_node, vote) => resolve(vote) }, 0);
    });
  const [bad, good] = await Promise.all([ask(operation), ask({ ...acquire, keys: ["good"] })]);
  expect(bad).toMatchObject({ outcome: "unknown", reason: "error", mayHold: false });
  expect(good).toMatchObject({ outcome: "granted" });
  expect(fleet.node(0).lockKeys()).toEqual(["good"]);
  await node!.close();
});
