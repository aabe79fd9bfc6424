import { afterEach, beforeEach, expect, test } from "vitest";
import { startFleet, type Fleet, type RedisServer } from "@quorate/testing";
import type { Node, Operation, Runtime, Timer, Vote } from "../../src/node/index.ts";
import { connectNode, nodeOfClient } from "../../src/node/ioredis/connect.ts";
import { systemRuntime } from "../../src/runtime/system.ts";
import { acquire, inspect, release } from "./operations.ts";
import { libraries, pause } from "./real-node.ts";

let fleet: Fleet;
let server: RedisServer;

beforeEach(async () => {
  fleet = await startFleet({ nodes: [{ user: { name: "locker", password: "secret", rules: "~* &* +@all" } }] });
  server = fleet.node(0);
});
afterEach(() => fleet.stop());

function ask(node: Node, operation: Operation): Promise<Vote> {
  return new Promise((resolve) => {
    node.send(operation, { abandoned: false, receive: (_index, vote) => resolve(vote) }, 0);
  });
}

async function connectionCount(): Promise<number> {
  return String(await server.command("CLIENT", "LIST")).match(/user=locker/g)?.length ?? 0;
}

test.each(["URL", "options"])(
  "a node made from a %s works, never shows its password, and ends its client",
  async (kind) => {
    const { host, port } = server;
    const target = kind === "URL" ? server.url : { host, port, username: "locker", password: "secret" };
    const node = connectNode(target, systemRuntime);
    const warnings: string[] = [];
    node.setListener({ onStatus: () => {}, onWarning: (code) => warnings.push(code) });
    expect(await ask(node, acquire())).toMatchObject({ outcome: "granted" });
    expect(JSON.stringify([node.name, node.state])).not.toContain("secret");
    expect(node.name).toBe(`${host}:${port}`);
    node.send(release(), { abandoned: false, receive: () => {} }, 0);
    await node.close();
    await expect.poll(connectionCount).toBe(0);
    expect(await server.lockKeys()).toEqual([]);
    expect(warnings).toEqual([]);
  },
);

test("closing a node that does not answer takes no longer than a moment, and leaves nothing that keeps the process", async () => {
  const node = connectNode(server.url, systemRuntime);
  await ask(node, inspect("orders"));
  const end = node.subscribe(["orders:released"], { onSubscribed: () => {}, onNotice: () => {} });
  await expect.poll(connectionCount).toBe(2);
  await server.pause();
  const startedAtMs = performance.now();
  await node.close();
  // It would never answer.
  expect(performance.now() - startedAtMs).toBeLessThan(10_000);
  end();
  await pause(150);
  server.resume();
  await expect.poll(connectionCount).toBe(0);
});

test("closing a node while a server hangs leaves no timer that keeps the process", async () => {
  const timerCount = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const before = timerCount();
  const node = connectNode(server.url, systemRuntime);
  await ask(node, inspect("orders"));
  const end = node.subscribe(["orders:released"], { onSubscribed: () => {}, onNotice: () => {} });
  await expect.poll(connectionCount).toBe(2);
  await server.pause();
  const under = ask(node, acquire());
  node.subscribe(["other:released"], { onSubscribed: () => {}, onNotice: () => {} });
  await node.close();
  await under;
  end();
  // What is left for a moment is ioredis's own patience with a socket that does not end.
  await expect.poll(timerCount, { timeout: 1_500 }).toBeLessThanOrEqual(before);
  server.resume();
});

test("our own client drops a connection that went silent, and rejoins", async () => {
  const node = connectNode(server.url, systemRuntime);
  await ask(node, inspect("orders"));
  await server.pause();
  expect(await ask(node, acquire())).toMatchObject({ outcome: "unknown", mayHold: true });
  expect(node.state).toMatchObject({ status: "down", reason: "disconnected" });
  server.resume();
  await expect.poll(() => node.state.status, { timeout: 15_000 }).toBe("up");
  await node.close();
});

/** Timers that fire when told. */
class TimerRuntime implements Runtime {
  readonly callbacks: Map<number, () => void> = new Map();
  readonly readClocks = systemRuntime.readClocks;
  readonly defer = systemRuntime.defer;
  readonly afterInput = systemRuntime.afterInput;
  readonly random = systemRuntime.random;
  readonly newToken = systemRuntime.newToken;
  readonly label = "timer:1";

  startTimer(delayMs: number, callback: () => void): Timer {
    this.callbacks.set(delayMs, callback);
    return { cancel: () => this.callbacks.delete(delayMs), keepProcessAlive: () => {} };
  }
}

test.each(libraries)(
  "$name: the subscriber connection is dropped when nobody has listened for 5 s",
  async (library) => {
    const runtime = new TimerRuntime();
    const client = library.Redis(server.url);
    const node = nodeOfClient(client, runtime);
    await ask(node, inspect("orders"));
    const listener = { onSubscribed: () => {}, onNotice: () => {} };
    const [one, two] = [node.subscribe(["a"], listener), node.subscribe(["a", "b"], listener)];
    await expect.poll(connectionCount).toBe(2);
    one();
    expect(runtime.callbacks.has(5000)).toBe(false);
    two();
    expect(runtime.callbacks.has(5000)).toBe(true);
    node.subscribe(["c"], listener)();
    runtime.callbacks.get(5000)?.();
    await expect.poll(connectionCount).toBe(1);
    node.subscribe(["d"], listener);
    await expect.poll(connectionCount).toBe(2);
    await node.close();
    await expect.poll(connectionCount).toBe(1);
    client.disconnect();
  },
);
