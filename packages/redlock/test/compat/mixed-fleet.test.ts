/** Apps on node-redlock 4 and 5, on its fork by sesamecare, and apps on ours, old API and new, over the same nodes: never two inside. */
import { createRequire } from "node:module";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { Redlock } from "@quorate/redlock";
import * as compat from "@quorate/redlock/compat";
import { startStand, theirs, type AnyClient } from "./stand.ts";

interface Redlock4 {
  lock(resource: string, ttlMs: number): Promise<{ unlock(): Promise<void>; extend(ttlMs: number): Promise<unknown> }>;
}
type Redlock4Constructor = new (clients: readonly AnyClient[], settings: object) => Redlock4;
const require = createRequire(import.meta.url);
const Four = require("redlock-4") as Redlock4Constructor;
const { Redlock: Sesamecare } = require("sesamecare-redlock") as typeof compat;

const retry = { retryCount: 10_000, retryDelay: 10, retryJitter: 10 };
/** Long enough for a busy machine: this is about who gets in, not how soon. */
const [ttlMs, nodeTimeoutMs] = [5_000, 1_000];
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Takes the lock; resolves with how to let it go. */
type Contender = { readonly name: string; take(clients: AnyClient[]): () => Promise<() => Promise<unknown>> };

const contenders: readonly Contender[] = [
  {
    name: "redlock 4",
    take(clients) {
      const redlock = new Four(clients, retry);
      return async () => {
        const lock = await redlock.lock("shared", ttlMs);
        return () => lock.unlock();
      };
    },
  },
  ...Object.entries({ "redlock 5": theirs.default, sesamecare: Sesamecare, compat: compat.Redlock }).map(
    ([name, Api]) => ({
      name,
      take(clients: AnyClient[]) {
        const redlock = new Api(clients, { ...retry, ...(Api === compat.Redlock && { nodeTimeoutMs }) });
        return async () => {
          const lock = await redlock.acquire(["shared"], ttlMs);
          return () => lock.release();
        };
      },
    }),
  ),
  {
    name: "ours",
    take(clients) {
      const redlock = new Redlock(clients, {
        restartGuardMs: 0,
        nodeTimeoutMs,
        waitMs: 20_000,
        retryDelayMs: 10,
        retryMaxDelayMs: 20,
      });
      redlock.on("warning", () => {});
      return async () => {
        const lock = await redlock.acquire("shared", ttlMs);
        return () => lock.release();
      };
    },
  },
];

test.each([1, 3])("on %d node(s) all five exclude each other, and all get their turns", async (nodes) => {
  await using stand = await startStand({ nodes });
  let inside = 0;
  let overlapCount = 0;
  const turns = new Map<string, number>();
  await Promise.all(
    contenders.map(async ({ name, take }) => {
      const acquire = take(stand.clients());
      for (let turn = 0; turn < 8; turn++) {
        const release = await acquire();
        inside++;
        if (inside > 1) overlapCount++;
        await pause(3);
        inside--;
        await release();
        turns.set(name, (turns.get(name) ?? 0) + 1);
        await pause(20);
      }
    }),
  );
  expect(overlapCount).toBe(0);
  expect(Object.fromEntries(turns)).toEqual({ "redlock 4": 8, "redlock 5": 8, sesamecare: 8, compat: 8, ours: 8 });
  await expect.poll(() => stand.fleet.lockKeys()).toEqual([]);
});

const pairs = contenders.flatMap((holder) =>
  contenders
    .filter((other) => other !== holder)
    // Its keys are those of node-redlock 5: one partner of each kind tells.
    .filter(
      (other) =>
        ![holder, other].some(({ name }) => name === "sesamecare") ||
        [holder, other].some(({ name }) => name === "compat"),
    )
    .map((other) => ({ holder, other, title: `${holder.name} and ${other.name}` })),
);

test.each(pairs)("$title: while the first holds it, the second does not get it", async ({ holder, other }) => {
  await using stand = await startStand({ nodes: 3 });
  const release = await holder.take(stand.clients())();
  let isTaken = false;
  const taking = other
    .take(stand.clients())()
    .then((letGo) => {
      isTaken = true;
      return letGo;
    });
  await pause(200);
  expect(isTaken).toBe(false);
  await release();
  await (
    await taking
  )();
});

test("a lock of sesamecare in the database `db` is seen by clients that have selected it", async () => {
  await using stand = await startStand({ nodes: 3 });
  const holder = new Sesamecare(stand.clients(), { ...retry, db: 2 });
  const inTwo = stand.fleet.urls.map((url) => new Redis(url, { db: 2 }));
  try {
    const ours = new compat.Redlock(inTwo, { db: 2, retryCount: 0, nodeTimeoutMs });
    const lock = await holder.acquire(["shared"], ttlMs);
    await expect(ours.acquire(["shared"], ttlMs)).rejects.toThrow(compat.ExecutionError);
    await lock.release();
    const next = await ours.acquire(["shared"], ttlMs);
    await expect(holder.acquire(["shared"], ttlMs, { retryCount: 0 })).rejects.toThrow("quorum");
    await next.release();
  } finally {
    for (const client of inTwo) client.disconnect();
  }
});
