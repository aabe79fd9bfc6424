/** Whom `close()` tells: who waits for nodes that do not answer, and who works under a lock. */
import { LockLostError, Redlock, type RedlockError } from "@quorate/redlock";
import type { Node, Operation, Vote } from "@quorate/redlock/node";
import { expect, test } from "vitest";
import { answering, granted, oldNode } from "../support/answering-node.ts";
import { errorOf } from "../support/error-of.ts";

/** Nodes that are there, and silent to some operations. */
function silentTo(isSilent: (operation: Operation) => boolean): Redlock {
  const nodes = answering(3, (_operation, index) => granted(index)).map((node) => ({
    ...node,
    send(...sent: Parameters<typeof node.send>) {
      if (!isSilent(sent[0])) node.send(...sent);
    },
  }));
  return new Redlock(nodes, { nodeTimeoutMs: 1_000 });
}

/** Nodes that grant everything, and what they were told. */
function overheard(): { redlock: Redlock; told: string[] } {
  const told: string[] = [];
  const nodes = answering(3, ({ kind }, index) => {
    told.push(kind);
    return granted(index);
  });
  return { redlock: new Redlock(nodes), told };
}

test("an acquire rejects with CLOSED", async () => {
  const redlock = silentTo(() => true);
  const acquiring = errorOf(redlock.acquire("a", 60_000));
  await redlock.close();
  expect(((await acquiring) as RedlockError).code).toBe("CLOSED");
});

/** Two nodes refuse; the third one's answer to an acquire takes its time, and may be a grant. */
function slowToOne(waitMs: number): { redlock: Redlock; told: string[]; acquiring: Promise<Error> } {
  const told: string[] = [];
  const refused = (index: number): Vote => ({
    outcome: "refused",
    reason: "held",
    evidence: oldNode(index),
    resourceIndex: 0,
    remainingMs: 10_000,
    fence: 0,
  });
  const nodes = answering(3, ({ kind }, index) => (kind === "acquire" ? refused(index) : granted(index)));
  const [, , third] = nodes;
  const slow: Node = {
    ...third!,
    send(operation, receiver, nodeIndex) {
      told.push(operation.kind);
      if (operation.kind !== "acquire") third!.send(operation, receiver, nodeIndex);
    },
    close: () => {
      told.push("close");
      return Promise.resolve();
    },
  };
  const redlock = new Redlock([nodes[0]!, nodes[1]!, slow], { nodeTimeoutMs: 1_000 });
  return { redlock, told, acquiring: errorOf(redlock.acquire("a", 60_000, { waitMs, fair: false })) };
}

test.each([0, 60_000])(
  "what a slow node may yet grant is taken back before it is closed (waitMs %i)",
  async (waitMs) => {
    const { redlock, told, acquiring } = slowToOne(waitMs);
    await expect.poll(() => told).toEqual(["acquire"]);
    await new Promise((resolve) => setImmediate(resolve));
    await redlock.close();
    expect(((await acquiring) as RedlockError).code).toBe("CLOSED");
    expect(told).toEqual(["acquire", "release", "close"]);
  },
);

test("an inspect resolves with what is known", async () => {
  const redlock = silentTo(({ kind }) => kind === "inspect");
  const inspecting = redlock.inspect("a");
  await Promise.resolve();
  await redlock.close();
  expect((await inspecting).verdict).toBe("unknown");
});

test("an extend rejects: the lock was taken away", async () => {
  const redlock = silentTo(({ kind }) => kind === "extend");
  const lock = await redlock.acquire("a", 60_000);
  const extending = errorOf(lock.extend());
  await redlock.close();
  expect((await extending).message).toMatch(/^The lock on "a" was lost: its Redlock was closed/);
});

test("a routine's signal aborts, before the nodes are told", async () => {
  const { redlock, told } = overheard();
  const running = redlock.using("a", 60_000, async (signal) => {
    await new Promise((resolve) => {
      signal.addEventListener("abort", resolve);
    });
    return { told: [...told], reason: signal.reason as Error };
  });
  await expect.poll(() => told).toHaveLength(3);
  await redlock.close();
  const stopped = await running;
  expect(stopped.told).not.toContain("release");
  expect(told).toContain("release");
  expect(stopped.reason).toBeInstanceOf(LockLostError);
});

test("a signal that is asked for afterwards has aborted, and one of a lock that was released has not", async () => {
  const redlock = silentTo(() => false);
  const [taken, released] = [await redlock.acquire("a", 60_000), await redlock.acquire("b", 60_000)];
  await released.release();
  await redlock.close();
  expect(taken.signal.aborted).toBe(true);
  expect(released.signal.aborted).toBe(false);
});

test("a lock that was handed over is left to its receiver", async () => {
  const { redlock, told } = overheard();
  const lock = await redlock.acquire("a", 60_000);
  lock.handOver();
  await redlock.close();
  expect(told).not.toContain("release");
  expect(lock.isHeld()).toBe(false);
});
