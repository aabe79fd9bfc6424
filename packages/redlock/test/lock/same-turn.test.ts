/** A close() or an abort that comes while something else is awaited that nobody would tell of it. */
import { Redlock } from "@quorate/redlock";
import type { Vote } from "@quorate/redlock/node";
import { expect, test } from "vitest";
import { answering, granted, oldNode } from "../support/answering-node.ts";
import { forTest } from "../support/connect-to.ts";
import { errorOf } from "../support/error-of.ts";

const json = { version: 1, resources: ["a"], token: "handed over", fencingToken: 5, ttlMs: 10_000 } as const;

test("a lock that is adopted while the others are released by close() is released too", async () => {
  const released: string[] = [];
  const nodes = answering(3, (operation, index) => {
    if (operation.kind === "release") released.push(operation.token);
    return granted(index);
  });
  const redlock = new Redlock(nodes);
  await redlock.acquire("b", 10_000);
  const adopting = redlock.adopt(json);
  await redlock.close();
  expect((await adopting).isHeld()).toBe(false);
  expect(released.filter((token) => token === json.token)).toHaveLength(3);
});

test("a reentrant acquire is ended by an abort or a close() in the turn of its call", async () => {
  const held: Vote = {
    outcome: "refused",
    reason: "held",
    evidence: oldNode(0),
    resourceIndex: 0,
    remainingMs: 60_000,
    fence: 0,
  };
  const nodes = answering(3, ({ kind }, index) => (kind === "acquire" ? held : granted(index)));
  await using redlock = forTest(new Redlock(nodes, { reentrant: true, waitMs: 60_000 }));
  const controller = new AbortController();
  const aborted = errorOf(redlock.acquire("a", 1000, { signal: controller.signal }));
  controller.abort(new Error("the caller went home"));
  expect((await aborted).message).toBe("the caller went home");
  const closed = errorOf(redlock.acquire("a", 1000));
  await redlock.close();
  expect(await closed).toMatchObject({ code: "CLOSED" });
});
