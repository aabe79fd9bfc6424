import { afterAll, beforeAll, expect, test } from "vitest";
import type { MetricsSnapshot } from "@quorate/redlock";
import { startFleet, type Fleet } from "@quorate/testing";
import { connectTo } from "../support/connect-to.ts";
import { until } from "../support/until.ts";

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ nodes: 3 });
});
afterAll(() => fleet.stop());

/** "name" or "name{label}" to its number; a histogram's count. */
function numbers({ metrics }: MetricsSnapshot): Record<string, number> {
  const entries = metrics.flatMap((metric): [string, number][] => {
    if (metric.type === "histogram") return [[metric.name, metric.sample.count]];
    return metric.samples.map(({ labels, value }) => [
      [metric.name, ...Object.values(labels).map((label) => `{${label}}`)].join(""),
      value,
    ]);
  });
  return Object.fromEntries(entries);
}

test("every outcome is counted once", async () => {
  await using holder = connectTo(fleet.urls);
  await using other = connectTo(fleet.urls, { name: "other" });
  await using lock = await holder.acquire("counted", 10_000);
  await lock.extend();
  expect(await other.tryAcquire("counted", 10_000)).toBeNull();
  const aborted = other.acquire("counted", 10_000, { signal: AbortSignal.abort(new Error("no")) });
  await expect(aborted).rejects.toThrow("no");
  expect(numbers(holder.metrics())).toMatchObject({ redlock_held_locks: 1 });
  await lock.release();
  await until(() => holder.health().votingCount === 3);
  expect(numbers(holder.metrics())).toMatchObject({
    redlock_acquired_total: 1,
    redlock_acquire_duration_seconds: 1,
    redlock_extended_total: 1,
    redlock_released_total: 1,
    redlock_held_duration_seconds: 1,
    redlock_held_locks: 0,
    redlock_lost_total: 0,
    redlock_quorum: 2,
    redlock_voting_nodes: 3,
  });
  const snapshot = other.metrics();
  expect(snapshot.name).toBe("other");
  expect(numbers(snapshot)).toMatchObject({
    redlock_acquired_total: 0,
    "redlock_acquire_failed_total{RESOURCE_LOCKED}": 1,
    "redlock_acquire_failed_total{ABORTED}": 1,
    "redlock_failed_rounds_total{held}": 1,
  });
});

test("a lost lock and an absent node are counted, and the node is told by health", async () => {
  await using own = await startFleet({ nodes: 3 });
  await using redlock = connectTo(own.urls);
  const lock = await redlock.acquire("lost", 400, { autoExtend: true });
  await until(() => redlock.health().votingCount === 3);
  expect(redlock.health()).toMatchObject({ quorumReachable: true, quorum: 2 });
  const lost = new Promise((resolve) => redlock.once("lost", resolve));
  await Promise.all([own.node(0).kill(), own.node(1).kill()]);
  await lost;
  expect(lock.isHeld()).toBe(false);
  expect(numbers(redlock.metrics())).toMatchObject({
    redlock_lost_total: 1,
    [`redlock_node_up{127.0.0.1:${own.node(0).port}}`]: 0,
    [`redlock_node_down_total{127.0.0.1:${own.node(0).port}}`]: 1,
    [`redlock_node_up{127.0.0.1:${own.node(2).port}}`]: 1,
  });
  const health = redlock.health();
  expect(health).toMatchObject({ quorumReachable: false, votingCount: 1 });
  expect(health.nodes[0]).toMatchObject({
    status: "down",
    lastTrouble: { reason: "disconnected", at: expect.any(Date) },
  });
  expect(health.nodes[2]).toMatchObject({ status: "up" });
  // A busy machine may have made it late, once; nothing more is told of it.
  expect(health.nodes[2]!.lastTrouble?.reason ?? "timeout").toBe("timeout");
});

test("a node that the restart guard keeps out does not vote, for as long as health says", async () => {
  await using guarded = connectTo(fleet.urls, { restartGuardMs: 60 * 60_000 });
  await expect(guarded.acquire("young", 10_000, { waitMs: 0 })).rejects.toMatchObject({
    code: "QUORUM_UNAVAILABLE",
  });
  const { quorumReachable, nodes } = guarded.health();
  expect(quorumReachable).toBe(false);
  // Two are enough to lose the round; what was not written to the third by then never is.
  const quarantined = nodes.filter(({ quarantinedForMs }) => quarantinedForMs > 50 * 60_000);
  expect(quarantined.length).toBeGreaterThanOrEqual(2);
  expect(numbers(guarded.metrics())).toMatchObject({
    "redlock_acquire_failed_total{QUORUM_UNAVAILABLE}": 1,
    [`redlock_node_quarantined{${quarantined[0]!.node}}`]: 1,
  });
});

test("names are what Prometheus wants, and no label is a resource's name", async () => {
  await using used = connectTo(fleet.urls);
  await used.using("secret-resource", 10_000, () => {});
  const snapshot = used.metrics();
  for (const metric of snapshot.metrics) {
    expect(metric.name).toMatch(/^redlock_[a-z_]+$/);
    expect(metric.name.endsWith("_total")).toBe(metric.type === "counter");
    expect(metric.name.endsWith("_seconds")).toBe(metric.type === "histogram");
  }
  expect(JSON.stringify(snapshot)).not.toContain("secret-resource");
});
