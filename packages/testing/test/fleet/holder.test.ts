import type { Lock, Redlock } from "@quorate/redlock";
import { findClockShim, mutualExclusion, withFleet, startHolder } from "@quorate/testing";
import { expect, test } from "vitest";

import { processState } from "../processes/process-state.ts";

/** An acquire that was refused once, so that the history shows an ask while somebody else held. */
async function waiting(redlock: Redlock): Promise<{ readonly lock: Promise<Lock> }> {
  const refused = new Promise((resolve) => redlock.once("roundFailed", resolve));
  const lock = redlock.acquire("job", 5_000, { waitMs: 20_000 });
  await refused;
  return { lock };
}

test("a holder's process tells what it believes, and releases when asked", async () => {
  await withFleet(3, async ({ redlock, fleet, startHolder }) => {
    const holder = await startHolder("holder", "job", 5_000);
    expect(processState(holder.pid)).toBe("runs");
    expect(await holder.look()).toMatchObject({ isHeld: true, isAborted: false, token: expect.any(String) });
    expect(await redlock.tryAcquire("job", 1_000)).toBeNull();
    expect(await holder.release()).toBe("released");
    await expect(holder.look()).rejects.toThrow("the process of holder has ended");
    await expect.poll(() => fleet.lockKeys()).toEqual([]);
  });
});

test("when it is killed, its lock ends with its TTL, and the history knows that it died", async () => {
  await withFleet(3, async ({ redlock, history, startHolder }) => {
    const holder = await startHolder("holder", "job", 2_000);
    const { pid } = holder;
    const next = await waiting(redlock);
    await holder.kill();
    expect(processState(pid)).toBe("gone");
    const lock = await next.lock;
    expect(history.events.map(({ kind }) => kind)).toContain("died");
    expect(mutualExclusion(history)).toMatchObject({ verdict: "ok" });
    await lock.release();
  });
});

test("when it is paused past its validity, the first thing it sees is the loss, and fencing shuts it out", async () => {
  await withFleet(3, async ({ redlock, history, startHolder }) => {
    const holder = await startHolder("holder", "job", 2_000);
    const before = await holder.look();
    const next = await waiting(redlock);
    await holder.pause();
    const lock = await next.lock;
    const looking = holder.look();
    holder.resume();
    expect(await looking).toMatchObject({ isHeld: false, isAborted: true });
    expect(lock.fencingToken).toBeGreaterThan(before.fencingToken ?? Infinity);
    await lock.release();
    expect(mutualExclusion(history)).toMatchObject({ verdict: "ok" });
  });
});

test("one that cannot get the lock is not started, and says why", async () => {
  await withFleet(3, async ({ nodes, redlock, fleet }) => {
    const urls = await fleet.urlsFor("holder");
    await using lock = await redlock.acquire("job", 60_000);
    expect(lock.isHeld()).toBe(true);
    await Promise.all(nodes.slice(0, 2).map((node) => node.kill()));
    const starting = startHolder({ name: "holder", urls, resources: ["job"], ttlMs: 1_000, waitMs: 0 });
    await expect(starting).rejects.toThrow("QuorumUnavailableError");
  });
});

test("a fleet seems a week old where clocks can be moved, so that the restart guard trusts it", async () => {
  const { available } = await findClockShim();
  await withFleet(3, async ({ nodes }) => {
    const server = String(await nodes[0]!.command("INFO", "server"));
    expect(/uptime_in_days:7/.test(server)).toBe(available);
  });
});
