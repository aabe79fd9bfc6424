/** Nodes that restart may have forgotten a lock: with the guard their votes wait, without it a second holder gets in. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { QuorumUnavailableError, ResourceLockedError, type Lock } from "@quorate/redlock";
import { startFleet, type Fleet, type Snapshot } from "@quorate/testing";
import { connectTo, type TestRedlock } from "../support/connect-to.ts";
import { errorOf } from "../support/error-of.ts";
import { lifeOn, tokensOn } from "../support/on-nodes.ts";
import { atSomePace, TooBusy } from "../support/pace.ts";
import { pause, until } from "../support/until.ts";

/** Nobody listens there: whoever has it in the place of a node is cut off from that node. */
const nowhere = "redis://127.0.0.1:1";
const ttlMs = 2_000;

/**
 * Three servers that are old enough to be trusted: by the clock shim at once, else by waiting until they are.
 */
async function startAged(): Promise<Fleet> {
  const fleet = await startFleet({ nodes: 3, server: { ageMs: 60_000 } });
  const oldEnoughSeconds = (ttlMs / 1_000) * 1.02 + 2;
  await until(async () => {
    const told = await Promise.all(fleet.servers.map((server) => server.command("INFO", "server")));
    return told.every((info) => Number(/uptime_in_seconds:(\d+)/.exec(String(info))?.[1]) >= oldEnoughSeconds);
  });
  return fleet;
}

/** Reaches the first and the second node. */
function connectA(fleet: Fleet): TestRedlock {
  return connectTo([fleet.urls[0]!, fleet.urls[1]!, nowhere], { restartGuardMs: 0 });
}

/** Reaches the second and the third node. */
function connectB(fleet: Fleet, restartGuardMs: number | undefined): TestRedlock {
  return connectTo([nowhere, fleet.urls[1]!, fleet.urls[2]!], {
    restartGuardMs,
    retryDelayMs: 20,
    retryMaxDelayMs: 40,
  });
}

/** Asks until it gets the lock; how often it was refused, and what it was told. */
async function askUntilWon(redlock: TestRedlock, resource: string): Promise<{ lock: Lock; refusals: Error[] }> {
  const refusals: Error[] = [];
  for (;;) {
    const outcome = await redlock.acquire(resource, ttlMs, { waitMs: 0 }).catch((error: Error) => error);
    if (!(outcome instanceof Error)) return { lock: outcome, refusals };
    refusals.push(outcome);
    await pause(20);
  }
}

describe("F2", () => {
  test("a holder on nodes 1 and 2; node 2 comes back empty: the other is kept out until the guard's time has passed", async () => {
    await using fleet = await startAged();
    await using a = connectA(fleet);
    await using b = connectB(fleet, undefined);
    const kept: string[] = [];
    b.on("nodeQuarantined", ({ node }) => kept.push(node));
    const held = await a.acquire("F2", ttlMs);
    await fleet.node(1).restart({ keepData: false });
    const restartedAtMs = performance.now();
    const { lock, refusals } = await askUntilWon(b, "F2");
    expect(performance.now() - restartedAtMs).toBeGreaterThan(ttlMs);
    expect(held.isHeld()).toBe(false);
    expect(lock.isHeld()).toBe(true);
    expect(refusals.every((error) => error instanceof QuorumUnavailableError)).toBe(true);
    const said = refusals.map(({ message }) => message).filter((message) => message.includes("restarted"));
    expect(said.length).toBeGreaterThan(3);
    expect(said[0]).toMatch(
      new RegExp(`127\\.0\\.0\\.1:${fleet.node(1).port}: restarted \\d s ago .* counts again in \\d s`),
    );
    expect(kept).toEqual([`127.0.0.1:${fleet.node(1).port}`]);
    await lock.release();
  });

  test("control: without the guard both hold the lock at the same time", async () => {
    await using fleet = await startAged();
    await using a = connectA(fleet);
    await using b = connectB(fleet, 0);
    const held = await a.acquire("F2:off", 20_000);
    await fleet.node(1).restart({ keepData: false });
    const { lock } = await askUntilWon(b, "F2:off");
    expect(held.isHeld() && lock.isHeld()).toBe(true);
  });

  test("a lock that needs the restarted node is not handed out by waiting either, until its time has passed", async () => {
    await using fleet = await startAged();
    await using a = connectA(fleet);
    await using b = connectB(fleet, undefined);
    const held = await a.acquire("F2:wait", ttlMs);
    await fleet.node(1).restart({ keepData: false });
    await using lock = await b.acquire("F2:wait", ttlMs, { waitMs: 10_000 });
    expect(held.isHeld()).toBe(false);
    expect(lock.isHeld()).toBe(true);
  });
});

describe("F3", () => {
  test("with a snapshot from before the lock, node 2 is kept out just the same", async () => {
    await using fleet = await startAged();
    await using a = connectA(fleet);
    await using b = connectB(fleet, undefined);
    await fleet.node(1).command("SET", "other", "data");
    const snapshot = await fleet.node(1).snapshot();
    const held = await a.acquire("F3", ttlMs);
    await fleet.node(1).restart({ from: snapshot });
    expect(await fleet.node(1).command("GET", "other")).toBe("data");
    const { lock, refusals } = await askUntilWon(b, "F3");
    expect(held.isHeld()).toBe(false);
    expect(refusals.some(({ message }) => message.includes("restarted"))).toBe(true);
    await lock.release();
  });

  test("control: with that snapshot and no guard both hold the lock at the same time", async () => {
    await using fleet = await startAged();
    await using a = connectA(fleet);
    await using b = connectB(fleet, 0);
    const snapshot = await fleet.node(1).snapshot();
    const held = await a.acquire("F3:off", 20_000);
    await fleet.node(1).restart({ from: snapshot });
    const { lock } = await askUntilWon(b, "F3:off");
    expect(held.isHeld() && lock.isHeld()).toBe(true);
  });

  test(
    "a released lock that a snapshot brings back blocks for no longer than its TTL",
    () =>
      atSomePace([1_500, 6_000, 20_000], async (backTtlMs) => {
        await using fleet = await startFleet({ nodes: 3 });
        await using redlock = connectTo(fleet.urls);
        const acquiredAtMs = performance.now();
        const lock = await redlock.acquire("F3:back", backTtlMs);
        const isSet = async (): Promise<boolean> =>
          (await tokensOn(fleet, "F3:back")).slice(0, 2).every((token) => token === lock.token);
        await until(async () => (await isSet()) || !lock.isHeld());
        const snapshots: Snapshot[] = await Promise.all([fleet.node(0).snapshot(), fleet.node(1).snapshot()]);
        await lock.release();
        // What a node has not confirmed is told to it again when it is back, and would end what the snapshot brings.
        await until(async () => (await redlock.inspect("F3:back")).nodes.every((node) => node.answered));
        await Promise.all([0, 1].map((node) => fleet.node(node).restart({ from: snapshots[node]! })));
        const tokens = (await tokensOn(fleet, "F3:back")).slice(0, 2);
        if (performance.now() - acquiredAtMs >= backTtlMs) throw new TooBusy("the TTL was over before the restarts");
        expect(tokens).toEqual([lock.token, lock.token]);
        expect(Math.max(...(await lifeOn(fleet, "F3:back")))).toBeLessThanOrEqual(backTtlMs);
        await using again = await redlock.acquire("F3:back", 10_000, { waitMs: 2 * backTtlMs + 10_000 });
        expect(performance.now() - acquiredAtMs).toBeGreaterThan(backTtlMs - 100);
        expect(again.fencingToken).toBeGreaterThan(lock.fencingToken!);
      }),
    120_000,
  );
});

describe("F4", () => {
  let fleet: Fleet;
  beforeAll(async () => {
    const config = { appendonly: "yes", appendfsync: "always", "no-appendfsync-on-rewrite": "no" };
    fleet = await startFleet({ nodes: 3, server: { config } });
  });
  afterAll(() => fleet.stop());

  test("a node that syncs every write votes at once after kill -9, and still knows the lock", async () => {
    await using a = connectA(fleet);
    await using b = connectTo([nowhere, fleet.urls[1]!, fleet.urls[2]!], {
      durableNodes: true,
      restartGuardMs: undefined,
    });
    const held = await a.acquire("F4", 30_000);
    await fleet.node(1).kill();
    await fleet.node(1).restart({ keepData: true });
    await until(async () => (await b.inspect("F4")).nodes.slice(1).every((node) => node.answered));
    const error = await errorOf(b.acquire("F4", 30_000, { waitMs: 0 }));
    expect(error).toBeInstanceOf(ResourceLockedError);
    await using other = await b.acquire("F4:free", 30_000, { waitMs: 0 });
    expect(other.isHeld()).toBe(true);
    await until(async () => (await a.inspect("F4")).nodes.slice(0, 2).every((node) => node.answered));
    await held.extend();
    expect(held.isHeld()).toBe(true);
    await held.release();
  });

  test("without that assertion the same young nodes are kept out", async () => {
    await using redlock = connectTo(fleet.urls, { restartGuardMs: undefined });
    await fleet.node(1).kill();
    await fleet.node(1).restart({ keepData: true });
    await fleet.node(2).kill();
    await fleet.node(2).restart({ keepData: true });
    await until(async () => (await redlock.inspect("F4")).nodes.every((node) => node.answered));
    const error = await errorOf(redlock.acquire("F4:guarded", 30_000, { waitMs: 0 }));
    expect(error).toBeInstanceOf(QuorumUnavailableError);
    expect(error.message).toContain("may have forgotten a lock");
  });
});

describe("a fleet that was started just now", () => {
  test("lets nobody in for the time of the guard, and says in how long it will", async () => {
    await using fleet = await startFleet({ nodes: 3 });
    await using redlock = connectTo(fleet.urls, { restartGuardMs: undefined });
    const error = await errorOf(redlock.acquire("young", 30_000, { waitMs: 0 }));
    expect(error).toBeInstanceOf(QuorumUnavailableError);
    expect(error.message).toMatch(/counts again in 3\d s/);
    expect(await tokensOn(fleet, "young")).toEqual([null, null, null]);
  });
});
