/** A `Redlock` for each request costs its clients nothing: no listeners, no connections, no memory, no script. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type Fleet, startFleet } from "@quorate/testing";
import { Redlock } from "@quorate/redlock";
import * as ioredis5 from "ioredis";
import * as ioredis6 from "ioredis6";
import { createClient } from "redis6";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { RedisClient } from "../../src/node/adapt.ts";
import { safeSettings } from "../../src/node/ioredis/safe-settings.ts";
import { systemRuntime } from "../../src/runtime/system.ts";
import { nodeOfClient } from "../../src/node/ioredis/connect.ts";
import { acquire } from "./operations.ts";
import { connectTo, forTest } from "../support/connect-to.ts";
import { until } from "../support/until.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ nodes: 3 });
});
afterAll(() => fleet.stop());

type Client = RedisClient & { listenerCount(event: string): number };
const options = { durableNodes: true } as const;

const libraries: Readonly<Record<string, (url: string) => Promise<{ client: Client; end: () => unknown }>>> = {
  "ioredis 5": async (url) => viaIoredis(new ioredis5.Redis(url, safeSettings(systemRuntime))),
  "ioredis 6": async (url) => viaIoredis(new ioredis6.Redis(url, safeSettings(systemRuntime))),
  "node-redis 6": async (url) => {
    const made = createClient({ url });
    await made.connect();
    return { client: made as unknown as Client, end: () => made.destroy() };
  },
};

function viaIoredis(client: ioredis5.Redis | ioredis6.Redis): { client: Client; end: () => unknown } {
  return { client, end: () => client.disconnect() };
}

function listenersOn(clients: readonly Client[]): number[] {
  const events = ["ready", "close", "end", "error", "reconnecting", "node error"];
  return clients.map((client) => Math.max(...events.map((event) => client.listenerCount(event))));
}

async function pubsubCount(): Promise<number> {
  const lists = await Promise.all(fleet.servers.map((server) => server.command("CLIENT", "LIST", "TYPE", "pubsub")));
  return lists
    .join("")
    .split("\n")
    .filter((line) => line !== "").length;
}

async function evalCount(): Promise<number> {
  const stats = await Promise.all(fleet.servers.map((server) => server.command("INFO", "commandstats")));
  return stats.reduce((sum: number, text) => sum + Number(/cmdstat_eval:calls=(\d+)/.exec(String(text))?.[1] ?? 0), 0);
}

describe.each(Object.keys(libraries))("%s", (library) => {
  async function connect(): Promise<Client[]> {
    const made = await Promise.all(fleet.urls.map((url) => libraries[library]!(url)));
    onTestFinished(() => made.forEach(({ end }) => end()));
    return made.map(({ client }) => client);
  }

  test("thousands of Redlocks over the same clients, never closed, leave no listener, no connection and no memory", async () => {
    const clients = await connect();
    const warnings: string[] = [];
    const onWarning = ({ name, message }: Error): void => void warnings.push(`${name}: ${message}`);
    process.on("warning", onWarning);
    onTestFinished(() => void process.off("warning", onWarning));
    const before = await evalCount();
    const dropped: WeakRef<Redlock>[] = [];
    for (let count = 0; count < 2_000; count++) {
      const redlock = new Redlock(clients, options);
      redlock.on("warning", () => {});
      if (count % 50 === 0) await (await redlock.acquire(`r${count}`, 5_000)).release();
      dropped.push(new WeakRef(redlock));
    }
    expect(Math.max(...listenersOn(clients))).toBe(1);
    await until(() => {
      collectGarbage();
      return dropped.filter((reference) => reference.deref() !== undefined).length < 20;
    });
    expect(warnings.filter((text) => text.includes("MaxListeners"))).toEqual([]);
    // Of each node its first user sends the script's text; two calls of the first acquire may need it.
    expect((await evalCount()) - before).toBeLessThanOrEqual(2 * clients.length);
    expect(await pubsubCount()).toBe(0);
  });

  test("those that wait hear over one connection for each client; the last to be closed takes all away", async () => {
    const clients = await connect();
    await using holder = connectTo(fleet.urls, options);
    const lock = await holder.acquire("hot", 20_000);
    const users = Array.from({ length: 20 }, () => forTest(new Redlock(clients, options)));
    const waiting = users.map((user) => user.acquire("hot", 20_000, { waitMs: 20_000 }));
    await until(async () => (await pubsubCount()) > 0);
    await until(
      async () => Number(((await fleet.node(0).command("PUBSUB", "NUMSUB", "hot:released")) as unknown[])[1]) > 0,
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await pubsubCount()).toBe(clients.length);
    await lock.release();
    for (const each of waiting.map(async (one) => (await one).release())) await each;
    const [last, ...others] = users;
    await Promise.all(others.map((user) => user.close()));
    expect(listenersOn(clients)).toEqual(clients.map(() => 1));
    await (await last!.acquire("hot", 1_000)).release();
    await last!.close();
    expect(listenersOn(clients)).toEqual(clients.map(() => 0));
    await until(async () => (await pubsubCount()) === 0);
  });
});

test.each([
  ["ioredis 5", (url: string, settings: object) => new ioredis5.Redis(url, settings)],
  ["ioredis 6", (url: string, settings: object) => new ioredis6.Redis(url, settings)],
] as const)(
  "clients of %s with lazyConnect are connected by the first call, not by the constructor",
  async (_name, make) => {
    const clients = fleet.urls.map((url) => make(url, { ...safeSettings(systemRuntime), lazyConnect: true }));
    onTestFinished(() => clients.forEach((client) => client.disconnect()));
    await using redlock = forTest(new Redlock(clients, options));
    expect(redlock.health().nodes.map(({ status }) => status)).toEqual(["joining", "joining", "joining"]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(clients.map(({ status }) => status)).toEqual(["wait", "wait", "wait"]);
    await using lock = await redlock.acquire("lazy", 5_000, { waitMs: 0 });
    expect(lock.isHeld()).toBe(true);
    await using second = forTest(new Redlock(clients, options));
    expect(await second.tryAcquire("lazy", 5_000)).toBeNull();
  },
);

test("what was sent before the first connection is answered, though nobody else knows who sent it", async () => {
  await fleet.node(0).pause();
  const client = new ioredis6.Redis(fleet.urls[0]!, safeSettings(systemRuntime));
  onTestFinished(() => client.disconnect());
  const votes: string[] = [];
  const send = (): void => {
    const node = nodeOfClient(client, systemRuntime);
    node.send(acquire(), { receive: (_index, { outcome }) => void votes.push(outcome), abandoned: false }, 0);
  };
  send();
  expect(client.status).toBe("connecting");
  // By a timer: what the turn itself has made is not collected in it.
  await new Promise((resolve) => setTimeout(resolve));
  collectGarbage();
  expect(client.status).not.toBe("ready");
  fleet.node(0).resume();
  await until(() => votes.length > 0);
  expect(votes).toEqual(["granted"]);
});
