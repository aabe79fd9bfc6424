/** Waiting where nothing is announced: for a lock of another library, or as a user who may not subscribe or publish. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startFleet, type Fleet } from "@quorate/testing";
import { connectTo } from "../support/connect-to.ts";
import { deleteOn, occupy, range, setEverywhere, tokensOn } from "../support/on-nodes.ts";
import { connectPatient } from "../support/patient.ts";
import { pause, until } from "../support/until.ts";

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ nodes: 3 });
});
afterAll(() => fleet.stop());

const ttlMs = 120_000;

describe("a lock of another library, which announces nothing", () => {
  test("is waited for by its remaining time to live, in a handful of rounds", async () => {
    await using waiter = connectPatient(fleet.urls);
    await occupy(fleet, range(3), "stranger:expiry", 1_500);
    let roundCount = 0;
    waiter.on("acquired", (event) => (roundCount = event.roundCount));
    await using lock = await waiter.acquire("stranger:expiry", ttlMs);
    expect(lock.isHeld()).toBe(true);
    // Refused, refused while it listens, and then at the time to live; a late expiry can cost it one or two more.
    expect(roundCount).toBeLessThanOrEqual(5);
  });

  test("with unequal times to live, it is waited for until a quorum is free, not until all are", async () => {
    await using waiter = connectPatient(fleet.urls);
    await occupy(fleet, [0], "stranger:unequal", 600_000);
    await occupy(fleet, [1], "stranger:unequal", 1_500);
    await occupy(fleet, [2], "stranger:unequal", 500);
    await using lock = await waiter.acquire("stranger:unequal", ttlMs);
    expect(await tokensOn(fleet, "stranger:unequal")).toEqual(["somebody-else", lock.token, lock.token]);
  });

  test("released early, it costs at most the back-off", async () => {
    await using waiter = connectPatient(fleet.urls, { retryDelayMs: 200, retryMaxDelayMs: 200 });
    await occupy(fleet, range(3), "stranger:early", 600_000);
    const refused = new Promise((resolve) => waiter.once("roundFailed", resolve));
    const acquiring = waiter.acquire("stranger:early", ttlMs);
    await refused;
    await deleteOn(fleet, range(3), "stranger:early");
    await (await acquiring).release();
  });

  test("extended again and again, it is asked for again when what it told of its life is over, not before", async () => {
    await using waiter = connectPatient(fleet.urls);
    await occupy(fleet, range(3), "stranger:extended", 400);
    const refusals: { atMs: number; lifeMs: number }[] = [];
    waiter.on("roundFailed", ({ remainingMs }) => refusals.push({ atMs: performance.now(), lifeMs: remainingMs! }));
    const acquiring = waiter.acquire("stranger:extended", ttlMs);
    for (let turn = 0; turn < 10; turn++) {
      await Promise.all(fleet.servers.map((server) => server.command("PEXPIRE", "stranger:extended", 400)));
      await pause(100);
    }
    await (await acquiring).release();
    // The second comes at once, as soon as somebody listens.
    for (const [index, { atMs, lifeMs }] of refusals.entries()) {
      const next = refusals[index + 1];
      if (index > 0 && next !== undefined) expect(next.atMs - atMs).toBeGreaterThanOrEqual(lifeMs - 1);
    }
  });
});

for (const [what, rules] of [
  ["neither subscribe nor publish", "~* &* +@all -@pubsub"],
  ["use no channel", "~* +@all resetchannels"],
] as const) {
  describe(`a user who may ${what}`, () => {
    test("locks, extends and releases as any other", async () => {
      await using own = await startFleet({ nodes: 3, server: { user: { name: "mute", password: "secret", rules } } });
      await using redlock = connectTo(own.urls);
      const lock = await redlock.acquire("mute", ttlMs);
      await lock.extend();
      expect(await lock.release()).toBe("released");
      await until(async () => (await own.lockKeys()).length === 0);
    });

    test("waits by the back-off for a release, and by the time to live for an expiry", async () => {
      await using own = await startFleet({ nodes: 3, server: { user: { name: "mute", password: "secret", rules } } });
      await using holder = connectTo(own.urls);
      await using waiter = connectPatient(own.urls, { retryDelayMs: 200, retryMaxDelayMs: 200, nodeTimeoutMs: 100 });
      await using patient = connectPatient(own.urls, { nodeTimeoutMs: 100 });
      await occupy(own, range(3), "mute:expiry", 1_000);
      const held = await holder.acquire("mute:held", ttlMs);
      await setEverywhere(own, held);
      const refused = new Promise((resolve) => waiter.once("roundFailed", resolve));
      const locks = [waiter.acquire("mute:held", ttlMs), patient.acquire("mute:expiry", ttlMs)];
      await refused;
      await held.release();
      await Promise.all(locks.map(async (lock) => (await lock).release()));
    });
  });
}
