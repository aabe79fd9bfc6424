/** The end of a lock by its holder: what it says, what it frees, what it must not touch. */
import { spawn } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { QuorumUnavailableError, type Lock } from "@quorate/redlock";
import { startFleet, type Fleet } from "@quorate/testing";
import { connectTo } from "../support/connect-to.ts";
import { errorOf } from "../support/error-of.ts";
import { deleteOn, lifeOn, range, setEverywhere, tokensOn } from "../support/on-nodes.ts";
import { seeded } from "../support/seeded.ts";
import { pause, until } from "../support/until.ts";
import { startWorker, workerPath } from "../support/worker.ts";

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ nodes: 3 });
});
afterAll(() => fleet.stop());

const free = range(3).map(() => null);

/** For what is over after a node timeout, also on a busy machine; far less than the TTL. */
const farTooLongMs = 15_000;

function freeEverywhere(resource: string): Promise<void> {
  return until(async () => (await tokensOn(fleet, resource)).every((token) => token === null));
}

describe("B1", () => {
  test("a release of what has ended by its TTL resolves and says lost", async () => {
    await using redlock = connectTo(fleet.urls);
    const lock = await redlock.acquire("B1:ended", 150);
    await until(() => !lock.isHeld());
    expect(await lock.release()).toBe("lost");
    expect(await lock.release()).toBe("already-released");
  });

  test("a second release resolves and says already released", async () => {
    await using redlock = connectTo(fleet.urls);
    const lock = await redlock.acquire("B1:twice", 10_000);
    const [first, second] = await Promise.all([lock.release(), lock.release()]);
    expect([first, second]).toEqual(["released", "already-released"]);
    expect(lock.isHeld()).toBe(false);
    expect(lock.signal.aborted).toBe(false);
  });

  test("a release of what somebody deleted by hand resolves and says lost", async () => {
    await using redlock = connectTo(fleet.urls);
    const lock = await redlock.acquire("B1:deleted", 10_000);
    await setEverywhere(fleet, lock);
    await deleteOn(fleet, range(3), "B1:deleted");
    expect(await lock.release()).toBe("lost");
  });
});

describe("B2", () => {
  test("the release of a lock that has ended leaves the next holder's keys alone", async () => {
    await using a = connectTo(fleet.urls);
    await using b = connectTo(fleet.urls);
    const ended = await a.acquire("B2", 100);
    await until(() => !ended.isHeld());
    await using held = await b.acquire("B2", 10_000);
    // A node where the ended lock's key lived on when the quorum was complete has refused, and never gets the key.
    const heldOn = async (): Promise<number[]> =>
      (await tokensOn(fleet, "B2")).flatMap((token, node) => (token === held.token ? [node] : []));
    const before = await heldOn();
    expect(before.length).toBeGreaterThanOrEqual(2);
    expect(await ended.release()).toBe("lost");
    // What is asked now travels behind the release, on every node.
    await until(async () => (await a.inspect("B2")).nodes.every((node) => node.answered));
    expect(await heldOn()).toEqual(expect.arrayContaining(before));
    expect(held.isHeld()).toBe(true);
    const life = await lifeOn(fleet, "B2");
    for (const node of before) expect(life[node]).toBeGreaterThan(5_000);
    await held.extend();
  });
});

describe("B3", () => {
  test("with a majority down a release is refused in bounded time, and the node that is left is free", async () => {
    await using own = await startFleet({ nodes: 3 });
    await using redlock = connectTo(own.urls, { nodeTimeoutMs: 300 });
    const lock = await redlock.acquire("B3", 30_000);
    await setEverywhere(own, lock);
    await Promise.all([own.node(0).kill(), own.node(1).kill()]);
    const startedAtMs = performance.now();
    const error = await errorOf(lock.release());
    expect(performance.now() - startedAtMs).toBeLessThan(farTooLongMs);
    expect(error).toBeInstanceOf(QuorumUnavailableError);
    for (const { port } of [own.node(0), own.node(1)]) expect(error.message).toContain(`127.0.0.1:${port}`);
    expect(error.message).toMatch(/Released "B3", but fewer than 2 of 3 nodes confirmed it/);
    expect(await tokensOn(own, "B3")).toEqual([null]);
    expect(lock.isHeld()).toBe(false);
    expect(lock.signal.aborted).toBe(false);
  });

  test("with a majority hung a release is refused within the node timeout, and frees them when they are back", async () => {
    await using redlock = connectTo(fleet.urls, { nodeTimeoutMs: 200 });
    const lock = await redlock.acquire("B3:hung", 30_000);
    await setEverywhere(fleet, lock);
    await Promise.all([fleet.node(0).pause(), fleet.node(1).pause()]);
    const startedAtMs = performance.now();
    const error = await errorOf(lock.release());
    expect(performance.now() - startedAtMs).toBeLessThan(farTooLongMs);
    expect(error).toBeInstanceOf(QuorumUnavailableError);
    fleet.node(0).resume();
    fleet.node(1).resume();
    await freeEverywhere("B3:hung");
  });
});

describe("B4", () => {
  test("the routine's own error comes out of using, and the release that failed is an event", async () => {
    await using own = await startFleet({ nodes: 3 });
    await using redlock = connectTo(own.urls, { nodeTimeoutMs: 100 });
    const failed: unknown[] = [];
    redlock.on("releaseFailed", ({ error }) => failed.push(error));
    const mine = new Error("the routine's own");
    const thrown = await errorOf(
      redlock.using("B4", 20_000, async () => {
        await Promise.all([own.node(0).kill(), own.node(1).kill()]);
        throw mine;
      }),
    );
    expect(thrown).toBe(mine);
    expect(failed).toEqual([expect.any(QuorumUnavailableError)]);
  });

  test("the routine's own result comes out of using although the release failed", async () => {
    await using own = await startFleet({ nodes: 3 });
    await using redlock = connectTo(own.urls, { nodeTimeoutMs: 100 });
    const result = await redlock.using("B4", 20_000, async () => {
      await Promise.all([own.node(0).kill(), own.node(1).kill()]);
      return "mine";
    });
    expect(result).toBe("mine");
  });
});

describe("B5", () => {
  test(
    "2 000 releases while an extend is in flight: nothing left, no loss told, no timer alive",
    { timeout: 60_000 },
    async () => {
      const seed = Math.floor(Math.random() * 2 ** 32);
      const random = seeded(seed);
      const lost: string[] = [];
      const wrong: string[] = [];
      {
        await using redlock = connectTo(fleet.urls);
        redlock.on("lost", ({ resources, detail }) => lost.push(`${resources[0]}: ${detail}`));
        const caller = async (number: number): Promise<void> => {
          for (let round = 0; round < 20; round++) {
            const lock = await redlock.acquire(`B5:${number}:${round}`, 60_000, { autoExtend: random() < 0.5 });
            const extending = lock.extend().then(
              () => "extended",
              (error: Error & { code?: string }) => error.code,
            );
            await someTurns(Math.floor(random() * 6));
            const outcome = await lock.release();
            const extended = await extending;
            if (outcome !== "released") wrong.push(`release: ${outcome}`);
            if (extended !== "extended" && extended !== "LOCK_LOST") wrong.push(`extend: ${String(extended)}`);
            if (lock.signal.aborted) wrong.push("the signal aborted");
          }
        };
        await Promise.all(range(100).map(caller));
      }
      expect({ seed, lost, wrong }).toEqual({ seed, lost: [], wrong: [] });
      expect((await fleet.lockKeys()).filter(({ key }) => key.startsWith("B5"))).toEqual([]);
      expect(await fleet.node(0).command("DBSIZE")).toBeGreaterThan(0);
    },
  );

  /** From none, over microtasks, to whole turns of the event loop. */
  async function someTurns(count: number): Promise<void> {
    if (count <= 2) for (let turn = 0; turn < count; turn++) await Promise.resolve();
    else for (let turn = 2; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  test("after all releases and close, no timer of the library is left", async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
    const before = timers();
    const redlock = connectTo(fleet.urls);
    const locks = await Promise.all(
      range(20).map((index) => redlock.acquire(`B5:timer:${index}`, 60_000, { autoExtend: true })),
    );
    await Promise.all(locks.map((lock) => lock.release()));
    await redlock.close();
    await until(() => timers() <= before, 2_000);
  });
});

describe("B6", () => {
  test("a process exits by itself within 100 ms of close(), and what it held is released", async () => {
    const tookMs: number[] = [];
    // The best of a few: what this machine does besides is no fact about the lock.
    for (let attempt = 0; attempt < 20 && Math.min(...tookMs) >= 100; attempt++) {
      const worker = startWorker("close-and-exit.mjs", fleet.urls, "B6");
      const { exitCode, lines } = await worker.exited;
      expect(exitCode).toBe(0);
      const told = Object.assign({}, ...lines) as { held: number; exitedAfterMs: number };
      expect(told.held).toBe(3);
      tookMs.push(told.exitedAfterMs);
      expect((await fleet.lockKeys()).filter(({ key }) => key.startsWith("B6"))).toEqual([]);
    }
    expect(Math.min(...tookMs)).toBeLessThan(100);
  }, 60_000);

  test("a process that closes nothing is not kept alive by a lock that it forgot, once its connections end", async () => {
    const child = spawn(process.execPath, [workerPath("close-and-exit.mjs"), "B6:forgotten", "forget", ...fleet.urls]);
    const code = await new Promise((resolve) => child.once("exit", resolve));
    expect(code).toBe(0);
  });
});

describe("B7", () => {
  test("a lock that another process hands over is extended and released here, and is over there", async () => {
    const worker = startWorker("hand-over.mjs", fleet.urls, "B7");
    const json = await worker.next("json");
    await using redlock = connectTo(fleet.urls);
    const lock: Lock = await redlock.adopt(json as unknown as Parameters<typeof redlock.adopt>[0]);
    expect(lock.isHeld()).toBe(true);
    expect(lock.fencingToken).toBe(json["fencingToken"]);
    expect((await worker.next("aborted"))["code"]).toBe("HANDED_OVER");
    // The first TTL is over; only the renewals from here have kept the keys.
    await pause(1_200);
    expect(await tokensOn(fleet, "B7")).toEqual(range(3).map(() => lock.token));
    await lock.extend(20_000);
    await until(async () => (await lifeOn(fleet, "B7")).every((lifeMs) => lifeMs > 10_000));
    expect(await lock.release()).toBe("released");
    await freeEverywhere("B7");
    expect(await tokensOn(fleet, "B7")).toEqual(free);
    worker.kill();
    await worker.exited;
  });

  test("what was released meanwhile cannot be adopted", async () => {
    await using redlock = connectTo(fleet.urls);
    const lock = await redlock.acquire("B7:gone", 10_000);
    const handed = lock.handOver();
    await (await redlock.adopt(handed)).release();
    const error = await errorOf(redlock.adopt(handed));
    expect(error.message).toMatch(/its keys are gone or someone else's/);
    await freeEverywhere("B7:gone");
  });
});
