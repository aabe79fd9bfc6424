/** What `health()` calls a node's last trouble. */
import { Redlock } from "@quorate/redlock";
import type { Unknown } from "@quorate/redlock/node";
import { expect, test } from "vitest";
import { answering, granted } from "../support/answering-node.ts";
import { forTest } from "../support/connect-to.ts";

async function lastTroubleAfter(vote: Unknown): Promise<unknown> {
  const nodes = answering(3, ({ kind }, index) => (index === 2 && kind === "acquire" ? vote : granted(index)));
  await using redlock = forTest(new Redlock(nodes));
  await using lock = await redlock.acquire("a", 10_000);
  expect(lock.isHeld()).toBe(true);
  return redlock.health().nodes[2]!.lastTrouble;
}

test("an acquire that was dropped before the node's turn came is no trouble of the node", async () => {
  const detail = "not written: the lock was released before this node's turn came";
  expect(await lastTroubleAfter({ outcome: "unknown", reason: "timeout", detail, mayHold: false })).toBeUndefined();
});

test("an acquire that was written and not answered is one", async () => {
  const vote: Unknown = { outcome: "unknown", reason: "timeout", detail: "no answer", mayHold: true };
  expect(await lastTroubleAfter(vote)).toMatchObject({ reason: "timeout", detail: "no answer" });
});
