import { Redlock } from "@quorate/redlock";
import type { Node } from "@quorate/redlock/node";
import { expect, test } from "vitest";
import { answering, granted } from "../support/answering-node.ts";
import { forTest } from "../support/connect-to.ts";

/** Known to be away, until the process has read something: they say so before they return. */
function awayUntilRead(): { nodes: Node[]; read: () => void } {
  let isAway = true;
  const nodes = answering(3, (_operation, index) => granted(index)).map((node): Node => ({
    ...node,
    send(operation, receiver, index) {
      if (!isAway) node.send(operation, receiver, index);
      else receiver.receive(index, { outcome: "unknown", reason: "disconnected", detail: "", mayHold: false });
    },
  }));
  return { nodes, read: () => void (isAway = false) };
}

test("a caller that tries again at once while its nodes are away lets its process read that they are back", async () => {
  const { nodes, read } = awayUntilRead();
  await using redlock = forTest(new Redlock(nodes));
  setImmediate(() => setImmediate(read));
  let lock: Awaited<ReturnType<Redlock["tryAcquire"]>> = null;
  let failedCount = 0;
  for (; lock === null && failedCount < 10_000; failedCount += 1) {
    lock = await redlock.tryAcquire("a", 10_000).catch(() => null);
  }
  expect(lock?.isHeld()).toBe(true);
  expect(failedCount).toBeLessThan(10);
});
