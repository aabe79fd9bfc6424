/** What the algorithm relies on, asked of every adapter over a real server. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Redlock } from "@quorate/redlock";
import { startFleet, type Fleet, type RedisServer } from "@quorate/testing";
import { releaseChannel } from "../../src/node/index.ts";
import { acquire, extend, heal, inspect, release } from "../node/operations.ts";
import { inputRead } from "../node/real-node.ts";
import { AdaptedNode, adapters, pause } from "./adapters.ts";

let fleet: Fleet;
let server: RedisServer;

beforeAll(async () => {
  fleet = await startFleet({
    nodes: [{}, { user: { name: "plain", password: "secret", rules: "~* &* +@all -info" } }, {}, {}],
  });
  server = fleet.node(0);
});
afterAll(() => fleet.stop());
beforeEach(async () => {
  for (const each of fleet.servers) if (!each.running) await each.restart({ keepData: false });
  await Promise.all(fleet.servers.map((each) => each.flushAll()));
});

const probe = inspect("probe");
const askedAndUp = async (url: string, adapter: (typeof adapters)[number]): Promise<AdaptedNode> => {
  const node = new AdaptedNode(await adapter.connect(url));
  await node.whenUp(probe);
  return node;
};

describe.each(adapters)("a node over $name", (adapter) => {
  test("answers every operation with the vote it means, and the server's run id", async () => {
    await using node = await askedAndUp(server.url, adapter);
    const info = String(await server.command("INFO", "server"));
    const granted = await node.ask(acquire());
    expect(granted).toMatchObject({ outcome: "granted", evidence: { replica: false } });
    expect(info).toContain(`run_id:${granted.outcome === "granted" ? granted.evidence.runId : "?"}`);
    expect(await node.ask(acquire())).toMatchObject({ outcome: "granted" });
    expect(await node.ask(acquire({ token: "two" }))).toMatchObject({
      outcome: "refused",
      reason: "held",
      resourceIndex: 0,
      remainingMs: expect.closeTo(10_000, -3),
      fence: acquire().fence,
    });
    expect(await node.ask(extend({ ttlMs: 20_000 }))).toMatchObject({ outcome: "granted" });
    expect(await server.command("PTTL", "orders")).toBeGreaterThan(19_000);
    expect(await node.ask(extend({ token: "two" }))).toMatchObject({ outcome: "refused", reason: "lost" });
    expect(await node.ask(inspect("orders", "none"))).toMatchObject({
      holders: [
        { token: "one", fence: acquire().fence },
        { token: undefined, remainingMs: 0, fence: 0 },
      ],
    });
    expect(await node.ask(release())).toMatchObject({ outcome: "granted", deletedCount: 1 });
    expect(await node.ask(acquire())).toMatchObject({ outcome: "refused", reason: "stale", fence: acquire().fence });
    expect(await node.ask(heal())).toMatchObject({ outcome: "granted" });
    expect(await node.ask(release({ bury: true }))).toMatchObject({ outcome: "granted", deletedCount: 1 });
    expect(await server.lockKeys()).toEqual([]);
  });

  test("operations of one turn are executed in the order sent", async () => {
    await using node = await askedAndUp(server.url, adapter);
    const keys = Array.from({ length: 200 }, (_, index) => ({ keys: [`k${index}`] }));
    const votes = await Promise.all(
      keys.flatMap((one) => [
        node.ask(acquire(one)),
        node.ask(acquire({ ...one, token: "two" })),
        node.ask(extend(one)),
      ]),
    );
    const outcomes = votes.map((vote) => (vote.outcome === "unknown" ? vote.detail : vote.outcome));
    expect(outcomes).toEqual(keys.flatMap(() => ["granted", "refused", "granted"]));
  });

  test("a server that forgot the script is told it again", async () => {
    await using node = await askedAndUp(server.url, adapter);
    expect(await node.ask(acquire())).toMatchObject({ outcome: "granted" });
    await server.flushScripts();
    expect(await node.ask(extend())).toMatchObject({ outcome: "granted" });
    expect(await node.ask(release())).toMatchObject({ outcome: "granted", deletedCount: 1 });
  });

  test("a server that is out of memory refuses an acquire by name, and extends and releases", async () => {
    await using node = await askedAndUp(server.url, adapter);
    await node.ask(acquire());
    await server.fillMemory();
    const refused = await node.ask(acquire({ keys: ["more"] }));
    const extended = await node.ask(extend());
    const released = await node.ask(release());
    await server.freeMemory();
    expect(refused).toMatchObject({ outcome: "unknown", reason: "error", detail: expect.stringContaining("OOM") });
    expect(extended).toMatchObject({ outcome: "granted" });
    expect(released).toMatchObject({ outcome: "granted", deletedCount: 1 });
  });

  test.runIf(adapter.worksWithoutInfo)("a user without INFO votes, and is told that the guard is off", async () => {
    await using node = await askedAndUp(fleet.node(1).url, adapter);
    expect(await node.ask(acquire())).toMatchObject({ outcome: "granted", evidence: { runId: undefined } });
    expect(node.warnings.get("GUARD_OFF")).toContain("INFO");
  });

  test("a silent server is left alone, but for releases, and comes back by itself", async () => {
    await using node = await askedAndUp(server.url, adapter);
    await server.pause();
    const late = node.ask(acquire());
    await pause(50);
    node.node.overdue();
    await inputRead();
    expect(node.node.state).toMatchObject({ status: "away", reason: "silent" });
    const startedAtMs = performance.now();
    expect(await node.ask(acquire({ keys: ["other"] }))).toMatchObject({ outcome: "unknown", mayHold: false });
    expect(performance.now() - startedAtMs).toBeLessThan(20);
    void node.ask(release());
    await pause(400);
    server.resume();
    await late;
    await node.whenUp(probe);
    await expect.poll(() => server.lockKeys()).toEqual([]);
  });

  test("a server that died is not written to; what was under way is unknown, and never runs later", async () => {
    await using node = await askedAndUp(server.url, adapter);
    await server.pause();
    const lost = node.ask(acquire());
    await pause(30);
    await server.kill();
    expect(await lost).toMatchObject({ outcome: "unknown", mayHold: true });
    await server.restart({ keepData: false });
    await node.whenUp(probe);
    await pause(300);
    expect(await server.lockKeys()).toEqual([]);
    expect(await node.ask(acquire())).toMatchObject({ outcome: "granted" });
  });

  test("a release that could not be delivered is owed, and comes when the server is back", async () => {
    const persistent = fleet.node(2);
    await persistent.configure("appendonly", "yes");
    await persistent.configure("appendfsync", "always");
    await using node = await askedAndUp(persistent.url, adapter);
    expect(await node.ask(acquire({ ttlMs: 60_000 }))).toMatchObject({ outcome: "granted" });
    await persistent.pause();
    void node.ask(inspect("orders"));
    await pause(30);
    node.node.overdue();
    await inputRead();
    const silent = node.ask(release());
    await persistent.kill();
    await silent;
    await persistent.restart({ keepData: true });
    await persistent.command("SET", "orders", "one", "PX", 60_000);
    await node.whenUp(probe);
    await expect.poll(() => persistent.lockKeys(), { timeout: 5_000 }).toEqual([]);
  });

  test.runIf(adapter.waitsForServer)("a node votes once its server is up, though it was made before", async () => {
    const { url } = server;
    await server.kill();
    await using node = new AdaptedNode(await adapter.connect(url));
    await pause(100);
    expect(await node.ask(acquire())).toMatchObject({ outcome: "unknown", mayHold: false });
    await server.restart({ keepData: false });
    await node.whenUp(probe);
    expect(await node.ask(acquire())).toMatchObject({ outcome: "granted" });
  });

  test.runIf(adapter.hears)("a release is heard, also after the connection was cut", async () => {
    await using node = await askedAndUp(server.url, adapter);
    const heard: string[] = [];
    let subscribedCount = 0;
    const stop = node.node.subscribe([releaseChannel("orders")], {
      onSubscribed: () => subscribedCount++,
      onNotice: (channel, message) => heard.push(`${channel}|${message}`),
    });
    await expect.poll(() => subscribedCount).toBe(1);
    await node.ask(acquire());
    await node.ask(release({ announce: true }));
    await expect.poll(() => heard).toEqual([expect.stringMatching(/^orders:released\|/)]);
    await server.command("CLIENT", "KILL", "TYPE", "pubsub");
    await expect.poll(() => subscribedCount, { timeout: 5_000 }).toBeGreaterThan(1);
    await node.ask(acquire({ fence: acquire().fence + 10 }));
    await node.ask(release({ announce: true, fence: acquire().fence + 10 }));
    await expect.poll(() => heard).toHaveLength(2);
    stop();
  });

  test("closing the node leaves the client open, and as it was", async () => {
    const owned = await adapter.connect(server.url);
    const before = owned.listenerCount();
    const node = new AdaptedNode(owned);
    await node.whenUp(probe);
    await node.node.close();
    expect(await node.ask(acquire())).toMatchObject({ outcome: "unknown", reason: "closed" });
    expect(owned.listenerCount()).toBe(before);
    await using again = new AdaptedNode(owned);
    await again.whenUp(probe);
    expect(await again.ask(acquire())).toMatchObject({ outcome: "granted" });
  });

  test("three of them make a quorum, also with one dead", async () => {
    const nodes = await Promise.all([0, 2, 3].map((index) => adapter.connect(fleet.node(index).url)));
    const redlock = new Redlock(
      nodes.map(({ client }) => client),
      { restartGuardMs: 0 },
    );
    redlock.on("warning", () => {});
    await using first = await redlock.acquire("orders", 5_000);
    expect(await redlock.tryAcquire("orders", 5_000)).toBeNull();
    await first.release();
    await fleet.node(2).kill();
    await pause(100);
    await using second = await redlock.acquire("orders", 5_000);
    expect(second.fencingToken).toBeGreaterThan(first.fencingToken!);
    await redlock.close();
    for (const { end } of nodes) end();
  });
});
