/** The contract of nodes, and what is an adapter's own, asked of every adapter over a real server. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Redlock } from "@quorate/redlock";
import { describeNodeContract, startFleet, type Fleet, type RedisServer } from "@quorate/testing";
import { releaseChannel } from "../../src/node/index.ts";
import { acquire, inspect, release } from "../node/operations.ts";
import { inputRead } from "../node/real-node.ts";
import { AdaptedNode, adapters, pause } from "./adapters.ts";
import { removeGlideSockets } from "./glide-sockets.ts";

let fleet: Fleet;
let server: RedisServer;

beforeAll(async () => {
  fleet = await startFleet({
    nodes: [{}, { user: { name: "plain", password: "secret", rules: "~* &* +@all -info" } }, {}, {}],
  });
  server = fleet.node(0);
});
afterAll(() => fleet.stop());
afterAll(removeGlideSockets);
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

for (const { name, hears, connect } of adapters) {
  describeNodeContract(
    async ({ url }) => {
      const owned = await connect(url);
      return { node: new AdaptedNode(owned).node, end: () => owned.end() };
    },
    { title: `a node over ${name}`, runner: { describe, test }, hears },
  );
}

describe.each(adapters)("a node over $name", (adapter) => {
  test("a user without INFO votes, and is told that the guard is off", async ({ skip }) => {
    skip(!adapter.worksWithoutInfo, `${adapter.name} does not connect without INFO`);
    await using node = await askedAndUp(fleet.node(1).url, adapter);
    expect(await node.ask(acquire())).toMatchObject({ outcome: "granted", evidence: { runId: undefined } });
    expect(node.warnings.get("GUARD_OFF")).toContain("INFO");
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
    await expect.poll(() => persistent.lockKeys()).toEqual([]);
  });

  test("a node votes once its server is up, though it was made before", async ({ skip }) => {
    skip(!adapter.waitsForServer, `${adapter.name} makes no client while its server is away`);
    const { url } = server;
    await server.kill();
    await using node = new AdaptedNode(await adapter.connect(url));
    await pause(100);
    expect(await node.ask(acquire())).toMatchObject({ outcome: "unknown", mayHold: false });
    await server.restart({ keepData: false });
    await node.whenUp(probe);
    expect(await node.ask(acquire())).toMatchObject({ outcome: "granted" });
  });

  test("a release is heard, also after the connection was cut", async ({ skip }) => {
    skip(!adapter.hears, `${adapter.name} subscribes only where the client is made`);
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
    await expect.poll(() => subscribedCount).toBeGreaterThan(1);
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
