/**
 * A unit test of an app that locks: no Redis, no network, real time, and faults at will. The app gets its `Redlock` from
 * outside; the test gives it one over nodes in memory. Any test runner will do.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { QuorumUnavailableError, Redlock } from "@quorate/redlock";
import { memoryNodes } from "@quorate/testing";

/** The app: one machine of several, which all want to make the same report. */
class Reporter {
  readonly redlock: Redlock;
  pageCount = 0;

  constructor(redlock: Redlock) {
    this.redlock = redlock;
  }

  /** false: somebody else is at it. Rejects when it was not allowed to finish. */
  async report(): Promise<boolean> {
    await using lock = await this.redlock.tryAcquire("report", 300, { autoExtend: true });
    if (lock === null) return false;
    for (; this.pageCount < 20; this.pageCount++) await sleep(20, undefined, { signal: lock.signal });
    return true;
  }
}

void test("of two machines one makes the report", async () => {
  const fleet = memoryNodes(3);
  const machines = ["one", "two"].map((name) => new Reporter(new Redlock(fleet.connect(name))));
  const made = await Promise.all(machines.map((machine) => machine.report()));
  assert.equal(made.filter(Boolean).length, 1);
  await Promise.all(machines.map(({ redlock }) => redlock.close()));
});

void test("without a majority of the nodes nobody begins", async () => {
  const fleet = memoryNodes(3);
  const machine = new Reporter(new Redlock(fleet.connect()));
  fleet.node(0).kill();
  fleet.node(1).kill();
  await assert.rejects(machine.report(), QuorumUnavailableError);
  assert.equal(machine.pageCount, 0);
  await machine.redlock.close();
});

void test("a machine that is cut off stops before another one can begin", async () => {
  const fleet = memoryNodes(3);
  const [one, two] = [fleet.connect("one"), fleet.connect("two")].map((nodes) => new Reporter(new Redlock(nodes)));
  const stopped = assert.rejects(one!.report(), { name: "AbortError" });
  await sleep(100);
  fleet.net.partition([0, 1, 2], { peers: ["one"] });
  // Waits until "one" can no longer hold it.
  const next = await two!.redlock.acquire("report", 300);
  const { pageCount } = one!;
  await stopped;
  assert.ok(pageCount < 20 && one!.pageCount === pageCount);
  await next.release();
  await Promise.all([one!.redlock.close(), two!.redlock.close()]);
});
