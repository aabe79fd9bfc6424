/** Fencing tokens rise in real-time order, whatever clocks, quorums and lost keys do. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Redlock } from "@quorate/redlock";
import type { Operation, Runtime } from "@quorate/redlock/node";
import { startFleet, type Fleet } from "@quorate/testing";
import { systemRuntime } from "../../src/runtime/system.ts";
import { connectTo, forTest } from "../support/connect-to.ts";
import { range, setEverywhere } from "../support/on-nodes.ts";
import { recording } from "../support/recording-node.ts";
import { seeded } from "../support/seeded.ts";

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet();
});
afterAll(() => fleet.stop());

interface Grant {
  readonly askedAtMs: number;
  readonly grantedAtMs: number;
  readonly fencingToken: number;
}

interface Run {
  readonly seed: number;
  /** How many acquires have to succeed on each of four resources. */
  readonly grantCount: number;
  /** Whether the nodes compare the fencing token that a caller proposes with the one they remember. */
  readonly isChecked: boolean;
}

/**
 * Callers whose clocks are seconds apart take locks through quorums that chance decides, and never release one: a lock
 * ends when its keys go, on all nodes or some, at any moment. So nothing but the fence keeps their tokens in order.
 */
async function runCallers({ seed, grantCount, isChecked }: Run): Promise<Map<string, Grant[]>> {
  const random = seeded(seed);
  const grants = new Map<string, Grant[]>(range(4).map((index) => [`F1:${seed}:${index}`, []]));
  const change = (operation: Operation): Operation | undefined => {
    if (operation.kind !== "acquire") return operation;
    if (random() < 0.15) return undefined;
    return isChecked ? operation : { ...operation, fence: 0 };
  };
  const isOver = (): boolean => [...grants.values()].every((won) => won.length >= grantCount);
  const caller = async (index: number): Promise<void> => {
    // -6 s to +6 s.
    const offsetMs = (index - 2.5) * 2_400;
    const readClocks: Runtime["readClocks"] = () => {
      const now = systemRuntime.readClocks();
      return { ...now, wallMs: now.wallMs + offsetMs };
    };
    const runtime: Runtime = { ...systemRuntime, readClocks, random };
    await using redlock = forTest(new Redlock(recording(fleet.urls, { change }), { restartGuardMs: 0 }, runtime));
    while (!isOver()) {
      for (const [resource, won] of grants) {
        if (won.length >= grantCount) continue;
        const askedAtMs = performance.now();
        const lock = await redlock.acquire(resource, 60_000, { waitMs: 0 }).catch(() => undefined);
        const grantedAtMs = performance.now();
        if (lock !== undefined) won.push({ askedAtMs, grantedAtMs, fencingToken: lock.fencingToken! });
      }
    }
  };
  const ender = async (): Promise<void> => {
    while (!isOver()) {
      for (const resource of grants.keys()) {
        const nodes = random() < 0.7 ? fleet.servers : fleet.servers.filter(() => random() < 0.6);
        await Promise.all(nodes.map((server) => server.command("DEL", resource)));
      }
    }
  };
  await Promise.all([...range(6).map(caller), ender()]);
  return grants;
}

/** Pairs of which one was granted before the other was asked for, and has no smaller token. */
function disordersOf(grants: readonly Grant[]): string[] {
  const byEnd = [...grants].sort((a, b) => a.grantedAtMs - b.grantedAtMs);
  const byStart = [...grants].sort((a, b) => a.askedAtMs - b.askedAtMs);
  const disorders: string[] = [];
  let highest = 0;
  let next = 0;
  for (const grant of byStart) {
    for (let ended = byEnd[next]; ended !== undefined && ended.grantedAtMs < grant.askedAtMs; ended = byEnd[++next]) {
      highest = Math.max(highest, ended.fencingToken);
    }
    if (grant.fencingToken <= highest) disorders.push(`${grant.fencingToken} after ${highest}`);
  }
  return disorders;
}

describe("F1", () => {
  test("400 acquires through random quorums by callers whose clocks differ: distinct tokens, in real-time order", async () => {
    const seed = Math.floor(Math.random() * 2 ** 32);
    const grants = await runCallers({ seed, grantCount: 100, isChecked: true });
    for (const [resource, won] of grants) {
      expect(won.length, resource).toBeGreaterThanOrEqual(100);
      expect({ seed, disorders: disordersOf(won) }).toEqual({ seed, disorders: [] });
      expect(new Set(won.map(({ fencingToken }) => fencingToken)).size).toBe(won.length);
      expect(won.every(({ fencingToken }) => Number.isSafeInteger(fencingToken))).toBe(true);
    }
  });

  test("control: where the nodes do not compare, the same callers get tokens that go backwards", async () => {
    const grants = await runCallers({ seed: 1, grantCount: 10, isChecked: false });
    expect([...grants.values()].flatMap(disordersOf).length).toBeGreaterThan(0);
  });
});

describe("F5", () => {
  let own: Fleet;
  beforeEach(async () => {
    own = await startFleet({ nodes: 3 });
    return () => own.stop();
  });

  test.each([
    ["all nodes are flushed", (fleet: Fleet) => Promise.all(fleet.servers.map((server) => server.flushAll()))],
    [
      "all nodes come back empty from a crash",
      (fleet: Fleet) => Promise.all(fleet.servers.map((server) => server.restart({ keepData: false }))),
    ],
  ])("%s: the next fencing token, of a caller who knows nothing, is greater still", async (_title, forget) => {
    let last = 0;
    for (const round of range(3)) {
      await using redlock = connectTo(own.urls);
      const lock = await redlock.acquire("F5", 10_000);
      expect(lock.fencingToken, `round ${round}`).toBeGreaterThan(last);
      last = lock.fencingToken!;
      await forget(own);
    }
  });

  test("tokens keep rising when the clock of the next caller is an hour behind", async () => {
    await using ahead = connectTo(own.urls);
    const first = await ahead.acquire("F5:behind", 10_000);
    await first.release();
    const runtime: Runtime = {
      ...systemRuntime,
      readClocks: () => {
        const now = systemRuntime.readClocks();
        return { ...now, wallMs: now.wallMs - 3_600_000 };
      },
    };
    await using behind = forTest(new Redlock(recording(own.urls, {}), { restartGuardMs: 0 }, runtime));
    await using second = await behind.acquire("F5:behind", 10_000);
    expect(second.fencingToken).toBeGreaterThan(first.fencingToken!);
  });
});

describe("fencing: false", () => {
  test("leaves no fence on any node, and gives no fencing token", async () => {
    await using redlock = connectTo(fleet.urls, { fencing: false });
    await using lock = await redlock.acquire("bare", 10_000);
    expect(lock.fencingToken).toBeUndefined();
    await setEverywhere(fleet, lock);
    expect((await fleet.node(0).keys()).filter((key) => key.includes("bare"))).toEqual(["bare"]);
  });
});
