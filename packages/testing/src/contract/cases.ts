/** What the algorithm relies on, each as a fact that an adapter's node must make true. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

import { releaseChannel } from "@quorate/redlock/node";

import { until } from "../redis/until.ts";
import { type Bench, expectFields } from "./bench.ts";

export interface ContractCase {
  readonly title: string;
  /** Left out for a client library that cannot do it. */
  readonly needs?: "announcements";
  run(bench: Bench): Promise<void>;
}

/** Long enough for a written command to arrive, or for an unwelcome one to show. */
const MOMENT_MS = 50;

export const contractCases: readonly ContractCase[] = [
  { title: "answers every operation with the vote it means, and with the server's evidence", run: everyVote },
  { title: "executes the operations of one turn in the order sent", run: inOrder },
  { title: "tells the script again to a server that forgot it, and keeps the order", run: scriptForgotten },
  { title: "votes unknown and says OOM on a full server, which it extends and releases on", run: outOfMemory },
  { title: "leaves a silent server alone, but for releases, and is back by itself", run: silent },
  { title: "does not write what was under way to a server that came back without it", run: died },
  { title: "owes a release that could not be delivered, and delivers it first", run: owed },
  { title: "writes no acquire that nobody wants any more", run: abandoned },
  { title: "hears a release, and says when it listens", needs: "announcements", run: announced },
  { title: "votes unknown for ever once it is closed", run: closed },
];

async function everyVote(bench: Bench): Promise<void> {
  const { operations } = bench;
  const granted = await bench.expectVote(operations.acquire(), { outcome: "granted" });
  assert.ok(granted.evidence?.runId, "a grant comes with the server's run id");
  assert.equal(granted.evidence.replica, false);
  await bench.expectVote(operations.acquire(), { outcome: "granted" });
  const held = await bench.expectVote(operations.acquire({ token: "two" }), {
    ...{ outcome: "refused", reason: "held", resourceIndex: 0, fence: operations.fence },
  });
  assert.ok("remainingMs" in held && held.remainingMs > 9_000 && held.remainingMs <= 10_000);
  await bench.expectVote(operations.extend({ ttlMs: 20_000 }), { outcome: "granted" });
  await bench.expectVote(operations.extend({ token: "two" }), { outcome: "refused", reason: "lost" });
  const seen = await bench.ask(operations.inspect("orders", "none"));
  assert.ok(seen.outcome === "granted" && seen.holders?.[0]?.token === "one" && seen.holders[0].remainingMs > 19_000);
  assert.equal(seen.holders[1]?.token, undefined);
  await bench.expectVote(operations.release(), { outcome: "granted", deletedCount: 1 });
  await bench.expectVote(operations.acquire(), { outcome: "refused", reason: "stale", fence: operations.fence });
  await bench.expectVote(operations.heal(), { outcome: "granted" });
  await bench.expectVote(operations.release({ bury: true }), { outcome: "granted", deletedCount: 1 });
  await bench.expectVote(operations.heal(), { outcome: "refused", reason: "stale" });
  await bench.whenFree();
}

async function inOrder(bench: Bench): Promise<void> {
  const { operations } = bench;
  const all = Array.from({ length: 200 }, (_, index) => ({ keys: [`k${index}`] })).flatMap((one) => [
    bench.ask(operations.acquire(one)),
    bench.ask(operations.acquire({ ...one, token: "two" })),
    bench.ask(operations.extend(one)),
  ]);
  const outcomes = (await Promise.all(all)).map(({ outcome }) => outcome);
  assert.deepEqual([...new Set(outcomes.filter((_, index) => index % 3 === 1))], ["refused"]);
  assert.deepEqual([...new Set(outcomes.filter((_, index) => index % 3 !== 1))], ["granted"]);
}

async function scriptForgotten(bench: Bench): Promise<void> {
  const { operations, server } = bench;
  await bench.expectVote(operations.acquire(), { outcome: "granted" });
  await server.flushScripts();
  const extended = bench.ask(operations.extend());
  await Promise.resolve();
  const released = bench.ask(operations.release());
  expectFields(await extended, { outcome: "granted" });
  expectFields(await released, { outcome: "granted", deletedCount: 1 });
}

async function outOfMemory(bench: Bench): Promise<void> {
  const { operations, server } = bench;
  await bench.ask(operations.acquire());
  await server.fillMemory();
  const refused = await bench.ask(operations.acquire({ keys: ["more"] }));
  const extended = await bench.ask(operations.extend());
  const released = await bench.ask(operations.release());
  await server.freeMemory();
  expectFields(refused, { outcome: "unknown", reason: "error", mayHold: true });
  assert.ok(refused.outcome === "unknown" && refused.detail.includes("OOM"));
  expectFields(extended, { outcome: "granted" });
  expectFields(released, { outcome: "granted", deletedCount: 1 });
}

async function silent(bench: Bench): Promise<void> {
  const { operations, server, node } = bench;
  await server.pause();
  const late = bench.ask(operations.acquire());
  await sleep(MOMENT_MS);
  node.overdue();
  await until(async () => node.state.status === "down");
  assert.equal(node.state.reason, "silent");
  const startedAtMs = performance.now();
  await bench.expectVote(operations.acquire({ keys: ["other"] }), { outcome: "unknown", mayHold: false });
  assert.ok(performance.now() - startedAtMs < MOMENT_MS, "a node that is away votes at once");
  void bench.ask(operations.release());
  await sleep(8 * MOMENT_MS);
  server.resume();
  await late;
  await bench.whenUp();
  await bench.whenFree();
}

async function died(bench: Bench): Promise<void> {
  const { operations, server } = bench;
  await server.pause();
  const lost = bench.ask(operations.acquire());
  await sleep(MOMENT_MS);
  await server.kill();
  expectFields(await lost, { outcome: "unknown", mayHold: true });
  await server.restart({ keepData: false });
  await bench.whenUp();
  await sleep(4 * MOMENT_MS);
  assert.deepEqual(await server.lockKeys(), []);
  await bench.expectVote(operations.acquire(), { outcome: "granted" });
}

async function owed(bench: Bench): Promise<void> {
  const { operations, server, node } = bench;
  await bench.expectVote(operations.acquire({ ttlMs: 60_000 }), { outcome: "granted" });
  await server.restart({ keepData: true });
  await server.kill();
  await bench.whenAway();
  await bench.expectVote(operations.release(), { outcome: "unknown" });
  assert.equal(node.state.pendingReleaseCount, 1);
  await server.restart({ keepData: true });
  await bench.whenUp();
  await until(async () => node.state.pendingReleaseCount === 0);
  // It has run, also where the data did not survive: the tombstone is there, or at least no key.
  await bench.whenFree();
}

async function abandoned(bench: Bench): Promise<void> {
  const { operations, server, node } = bench;
  await server.pause();
  const first = bench.ask(operations.acquire());
  await sleep(MOMENT_MS);
  const receiver = { receive: () => undefined, abandoned: false };
  node.send(operations.acquire({ keys: ["unwanted"] }), receiver, 0);
  receiver.abandoned = true;
  await sleep(MOMENT_MS);
  server.resume();
  await first;
  await bench.whenUp();
  await sleep(MOMENT_MS);
  assert.deepEqual(await server.lockKeys(), ["orders"]);
}

async function announced(bench: Bench): Promise<void> {
  const { operations, node } = bench;
  const heard: string[] = [];
  let subscribedCount = 0;
  const stop = node.subscribe([releaseChannel("orders")], {
    onSubscribed: () => (subscribedCount += 1),
    onNotice: (channel) => heard.push(channel),
  });
  await until(async () => subscribedCount === 1);
  await bench.ask(operations.acquire());
  await bench.ask(operations.release({ announce: true }));
  await until(async () => heard.length > 0);
  assert.deepEqual(heard, [releaseChannel("orders")]);
  stop();
}

async function closed(bench: Bench): Promise<void> {
  await bench.node.close();
  await bench.expectVote(bench.operations.acquire(), { outcome: "unknown", reason: "closed", mayHold: false });
  assert.deepEqual(await bench.server.lockKeys(), []);
}
