import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Fleet } from "@quorate/testing";
import { slotOf } from "../../src/node/keys.ts";
import { acquire, extend, inspect, release } from "./operations.ts";
import { libraries, RealNode } from "./real-node.ts";
import { startTwoShards } from "./two-shards.ts";

let fleet: Fleet;

beforeAll(async () => {
  fleet = await startTwoShards();
});
afterAll(() => fleet.stop());
beforeEach(() => Promise.all(fleet.servers.map((server) => server.flushAll())));

const startup = (): { host: string; port: number }[] => [{ host: fleet.node(0).host, port: fleet.node(0).port }];

test("slots are those of the servers", async () => {
  const keys = ["", "a", "orders:42", "{tag}x", "x{tag}y{other}", "{}x", "ключ", "a b", "{a"];
  const asked = await Promise.all(keys.map((key) => fleet.node(0).command("CLUSTER", "KEYSLOT", key)));
  expect(keys.map(slotOf)).toEqual(asked);
});

describe.each(libraries)("Cluster of $name as one node", (library) => {
  test("is served: every lock key with its fence in the same slot", async () => {
    await using real = new RealNode(library.Cluster(startup()));
    for (const key of ["orders:1", "orders:2", "{tag}x", "a}b", "{}x", "}", "a{}{b}c", "report:{}"]) {
      const one = { keys: [key] };
      expect(await real.ask(acquire(one))).toMatchObject({ outcome: "granted" });
      expect(await real.ask(extend(one))).toMatchObject({ outcome: "granted" });
      expect(await real.ask(release(one))).toMatchObject({ outcome: "granted", deletedCount: 1 });
    }
  });

  test("a batch is split by slot: each operation is answered by its own shard", async () => {
    await using real = new RealNode(library.Cluster(startup()));
    const votes = await Promise.all(
      Array.from({ length: 50 }, (_, i) => real.ask(acquire({ keys: [`k${i}`], token: `t${i}` }))),
    );
    const runIds = votes.map((vote) => (vote.outcome === "granted" ? vote.evidence.runId : undefined));
    expect(new Set(runIds).size).toBe(2);
    const counts = await Promise.all(fleet.servers.map(async (server) => (await server.lockKeys()).length));
    expect(counts.reduce((sum, count) => sum + count)).toBe(50);
  });

  test("a lock whose resources live in several slots is refused, with the remedy, and holds nothing", async () => {
    await using real = new RealNode(library.Cluster(startup()));
    const [apart, together] = await Promise.all([
      real.ask(acquire({ keys: ["a", "b"] })),
      real.ask(acquire({ keys: ["{order}a", "{order}b"] })),
    ]);
    expect(apart).toMatchObject({ reason: "error", mayHold: false, detail: expect.stringContaining("hash tag") });
    expect(together).toMatchObject({ outcome: "granted" });
  });

  test("a client's keyPrefix does not part lock and fence", async () => {
    await using real = new RealNode(library.Cluster(startup(), { keyPrefix: "app:" }));
    expect(await real.ask(acquire())).toMatchObject({ outcome: "granted" });
    const keys = (await Promise.all(fleet.servers.map((server) => server.keys()))).flat();
    expect(keys).toEqual(["app:orders", "{app:orders}:fence"]);
  });

  test("a flushed script cache is loaded again", async () => {
    await using real = new RealNode(library.Cluster(startup()));
    await real.ask(inspect("orders"));
    await Promise.all(fleet.servers.map((server) => server.flushScripts()));
    expect(await real.ask(acquire())).toMatchObject({ outcome: "granted" });
  });

  test("announcements are heard", async () => {
    await using real = new RealNode(library.Cluster(startup()));
    const heard: string[] = [];
    const end = real.node.subscribe(["orders:released"], {
      onSubscribed: () => heard.push("subscribed"),
      onNotice: (channel) => heard.push(channel),
    });
    await expect.poll(() => heard).toEqual(["subscribed"]);
    await real.ask(acquire());
    await real.ask(release({ announce: true }));
    await expect.poll(() => heard).toEqual(["subscribed", "orders:released"]);
    end();
  });

  test("a listener is told when it hears again after its connection was lost", async () => {
    await using real = new RealNode(library.Cluster(startup()));
    await real.ask(inspect("orders"));
    const heard: string[] = [];
    const end = real.node.subscribe(["orders:released"], {
      onSubscribed: () => heard.push("subscribed"),
      onNotice: (channel) => heard.push(channel),
    });
    await expect.poll(() => heard).toEqual(["subscribed"]);
    for (const server of fleet.servers) await server.command("CLIENT", "KILL", "TYPE", "pubsub");
    await expect.poll(() => heard).toEqual(["subscribed", "subscribed"]);
    await real.ask(acquire());
    await real.ask(release({ announce: true }));
    await expect.poll(() => heard).toEqual(["subscribed", "subscribed", "orders:released"]);
    end();
  });

  test("is called after its startup node", async () => {
    await using real = new RealNode(library.Cluster(startup()));
    expect(real.node.name).toBe(`cluster ${fleet.node(0).host}:${fleet.node(0).port}`);
    await real.ask(inspect("orders"));
  });
});
