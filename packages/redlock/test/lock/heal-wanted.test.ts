/** Extends, and the heals that make a lost key again: a node may keep either waiting until its turn. */
import { Redlock } from "@quorate/redlock";
import type { Node, Vote, VoteReceiver } from "@quorate/redlock/node";
import { expect, test } from "vitest";
import { answering, granted, oldNode } from "../support/answering-node.ts";
import { forTest } from "../support/connect-to.ts";

test("a heal is wanted for as long as the lock is held, and must not be written after its end", async () => {
  const evidence = oldNode(0);
  const lost: Vote = { outcome: "refused", reason: "lost", evidence, resourceIndex: 0 };
  const heals: VoteReceiver[] = [];
  const nodes = answering(3, ({ kind }, index) => (kind === "extend" && index === 0 ? lost : granted(index))).map(
    (node): Node => ({
      ...node,
      send(operation, receiver, index) {
        if (operation.kind === "heal") heals.push(receiver);
        else node.send(operation, receiver, index);
      },
    }),
  );
  await using redlock = forTest(new Redlock(nodes));
  const lock = await redlock.acquire("a", 10_000);
  await lock.extend();
  await lock.extend();
  expect(heals.map(({ abandoned }) => abandoned)).toEqual([false, false]);
  await lock.release();
  expect(heals.map(({ abandoned }) => abandoned)).toEqual([true, true]);
});

test.each(["handOver", "release"] as const)("an extend must not be written after %s()", async (end) => {
  const waiting: VoteReceiver[] = [];
  const nodes = answering(3, (_operation, index) => granted(index)).map((node): Node => ({
    ...node,
    send(operation, receiver, index) {
      if (operation.kind === "extend") waiting.push(receiver);
      else node.send(operation, receiver, index);
    },
  }));
  await using redlock = forTest(new Redlock(nodes));
  const lock = await redlock.acquire("a", 10_000);
  void lock.extend().catch(() => {});
  expect(waiting.map(({ abandoned }) => abandoned)).toEqual([false, false, false]);
  await lock[end]();
  expect(waiting.map(({ abandoned }) => abandoned)).toEqual([true, true, true]);
});
