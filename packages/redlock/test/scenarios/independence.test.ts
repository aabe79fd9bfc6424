/** Entries that are one server, servers that follow another, and servers that forget: told at first use. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { NotIndependentError } from "@quorate/redlock";
import { startFleet, type Fleet } from "@quorate/testing";
import { connectTo, type TestRedlock } from "../support/connect-to.ts";
import { errorOf } from "../support/error-of.ts";
import { until } from "../support/until.ts";

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ nodes: 3 });
});
afterAll(() => fleet.stop());

/** Node 0 once more, and others, in an order. */
function entries(order: string, twin: string): string[] {
  const known: Record<string, string> = { "0": fleet.urls[0]!, "1": fleet.urls[1]!, "2": fleet.urls[2]!, "=": twin };
  return order.split("").map((each) => known[each]!);
}

describe("F6", () => {
  const orders = ["0=1", "01=", "10=", "=01", "0=12", "012="];

  test.each(orders)(
    "entries %s, where = is node 0 by another database: refused at first use, with the pair",
    async (order) => {
      await using redlock = connectTo(entries(order, `${fleet.urls[0]!}/1`));
      const error = await errorOf(redlock.acquire("F6:database", 5_000));
      expect(error).toBeInstanceOf(NotIndependentError);
      const { port } = fleet.node(0);
      expect(error.message).toContain(`127.0.0.1:${port} (node ${order.indexOf("0")})`);
      expect(error.message).toContain(`127.0.0.1:${port}/1 (node ${order.indexOf("=")})`);
      expect(error.message).toMatch(/are the same server.*one client for each/);
      await until(async () => (await fleet.lockKeys()).length === 0);
    },
  );

  test.each(orders)(
    "entries %s, where = is node 0 by another host name: refused at first use, with the pair",
    async (order) => {
      const { port } = fleet.node(0);
      await using redlock = connectTo(entries(order, `redis://localhost:${port}`));
      const error = await errorOf(redlock.tryAcquire("F6:host", 5_000));
      expect(error).toBeInstanceOf(NotIndependentError);
      expect(error.message).toContain(`localhost:${port}`);
      expect(error.message).toContain(`127.0.0.1:${port}`);
      await until(async () => (await fleet.lockKeys()).length === 0);
    },
  );

  test.each([0, 1, 2])("a replica as entry %i is refused at first use, by name", async (place) => {
    await using own = await startFleet({ nodes: 4 });
    await own.node(3).becomeReplicaOf(own.node(0));
    const urls = [...own.urls.slice(0, 2)];
    urls.splice(place, 0, own.urls[3]!);
    await using redlock = connectTo(urls);
    const error = await errorOf(redlock.acquire("F6:replica", 5_000));
    expect(error).toBeInstanceOf(NotIndependentError);
    expect(error.message).toContain(`127.0.0.1:${own.node(3).port} is a replica`);
  });

  test("three servers by three names are independent", async () => {
    await using redlock = connectTo([fleet.urls[0]!, `redis://localhost:${fleet.node(1).port}`, `${fleet.urls[2]!}/3`]);
    await using lock = await redlock.acquire("F6:fine", 5_000);
    expect(lock.isHeld()).toBe(true);
    expect(redlock.warnings).toEqual([]);
  });
});

/** When every node has answered once and node 1 hangs, only the two entries in question could make a quorum. */
async function connectWithoutNode1(urls: readonly string[]): Promise<TestRedlock> {
  const redlock = connectTo(urls, { nodeTimeoutMs: 300, waitMs: 0 });
  await until(async () => (await redlock.inspect("F6")).nodes.every((node) => node.answered));
  await fleet.node(1).pause();
  return redlock;
}

describe("F6, while another node hangs", () => {
  afterEach(() => fleet.node(1).resume());

  const orders = ["0=1", "01=", "10=", "=01"];

  /** In an order: nodes 0 and 1, and node 0 once more. */
  function entries(order: string, twin: string): string[] {
    return order.split("").map((each) => (each === "=" ? twin : fleet.urls[Number(each)]!));
  }

  test.each(orders)(
    "two entries of one server, by another database (%s), make no quorum: the error names the pair",
    async (order) => {
      await using redlock = await connectWithoutNode1(entries(order, `${fleet.urls[0]!}/1`));
      const error = await errorOf(redlock.acquire("F6:database", 5_000));
      expect(error).toBeInstanceOf(NotIndependentError);
      const { port } = fleet.node(0);
      expect(error.message).toContain(`127.0.0.1:${port} (node ${order.indexOf("0")})`);
      expect(error.message).toContain(`127.0.0.1:${port}/1 (node ${order.indexOf("=")})`);
      expect(error.message).toMatch(/are the same server.*one client for each/);
      expect(await fleet.node(0).lockKeys()).toEqual([]);
    },
  );

  test.each(orders)(
    "two entries of one server, by another host name (%s), make no quorum: the error names the pair",
    async (order) => {
      const { port } = fleet.node(0);
      await using redlock = await connectWithoutNode1(entries(order, `redis://localhost:${port}`));
      const error = await errorOf(redlock.tryAcquire("F6:host", 5_000));
      expect(error).toBeInstanceOf(NotIndependentError);
      expect(error.message).toContain(`localhost:${port}`);
      expect(error.message).toContain(`127.0.0.1:${port}`);
      expect(await fleet.node(0).lockKeys()).toEqual([]);
    },
  );

  test("a replica's vote makes no quorum: the error names it", async () => {
    await using replicas = await startFleet({ nodes: 1 });
    await replicas.node(0).becomeReplicaOf(fleet.node(0));
    await using redlock = await connectWithoutNode1([replicas.urls[0]!, fleet.urls[0]!, fleet.urls[1]!]);
    const error = await errorOf(redlock.acquire("F6:replica", 5_000));
    expect(error).toBeInstanceOf(NotIndependentError);
    expect(error.message).toContain(`127.0.0.1:${replicas.node(0).port} is a replica`);
  });
});

describe("F7", () => {
  test("a node that may evict keys is named in a warning, with the setting and the remedy", async () => {
    const evicting = { config: { maxmemory: "100mb", "maxmemory-policy": "volatile-lru" } };
    const bounded = { config: { maxmemory: "100mb", "maxmemory-policy": "noeviction" } };
    await using own = await startFleet({ nodes: [{}, evicting, bounded] });
    await using redlock = connectTo(own.urls);
    await using lock = await redlock.acquire("F7", 5_000);
    expect(lock.isHeld()).toBe(true);
    await until(() => redlock.warnings.length > 0);
    expect(redlock.warnings).toEqual([{ code: "EVICTING_NODE", message: expect.any(String) as string }]);
    const { message } = redlock.warnings[0]!;
    expect(message).toContain(`127.0.0.1:${own.node(1).port}`);
    expect(message).toContain("volatile-lru");
    expect(message).toContain("noeviction");
  });

  test("an even number of nodes is a warning, with the remedy", async () => {
    await using redlock = connectTo(fleet.urls.slice(0, 2));
    await until(() => redlock.warnings.length > 0);
    expect(redlock.warnings[0]).toMatchObject({ code: "EVEN_NODE_COUNT" });
    expect(redlock.warnings[0]!.message).toMatch(/use 1 or 3 nodes/);
  });
});
