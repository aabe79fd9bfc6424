import { systemRuntime, type AcquireOperation, type BatchReply, type Connection } from "@quorate/redlock/node";
import { expect, test } from "vitest";

import { MachineClocks } from "./clock.ts";
import { SimConnection } from "./connection.ts";
import { type ClientSettings, SAFE_CLIENT_SETTINGS } from "./dialer.ts";
import { Network } from "../rule/network.ts";
import { Link } from "./link.ts";
import { Prng } from "./prng.ts";
import { Scheduler } from "./scheduler.ts";
import { SimServer } from "./server.ts";

interface Bench {
  readonly scheduler: Scheduler;
  readonly server: SimServer;
  readonly network: Network;
  readonly connection: Connection;
  readonly seen: string[];
  execute(token: string): void;
}

function makeBench(settings: Partial<ClientSettings> = {}): Bench {
  const scheduler = new Scheduler();
  const prng = new Prng(7);
  const server = new SimServer("node 0", 0, new MachineClocks(scheduler), prng.fork("server"));
  const network = new Network(() => prng.next());
  const seen: string[] = [];
  const host = { enter: (callback: () => void): void => callback() };
  const link = new Link(network, "p", 0, { baseMs: 1, jitterMs: 0 }, prng.fork("link"));
  const route = { timeline: scheduler, host, link, server, settings: { ...SAFE_CLIENT_SETTINGS, ...settings } };
  const connection = new SimConnection(route, systemRuntime);
  connection.open({
    onReady: () => seen.push(`ready@${scheduler.nowMs}`),
    onDown: (detail) => seen.push(`down@${scheduler.nowMs} ${detail}`),
    onWarning: () => {},
  });
  const onReply = (token: string) => (error: Error | undefined, reply: BatchReply | undefined) =>
    seen.push(`${token}@${scheduler.nowMs} ${error?.message ?? JSON.stringify(reply?.slice(3))}`);
  const execute = (token: string): void => connection.execute([acquireOf(token)], onReply(token), () => true);
  return { scheduler, server, network, connection, seen, execute };
}

function acquireOf(token: string): AcquireOperation {
  return { kind: "acquire", keys: [token], token, fence: 0, ttlMs: 60_000, fenceRetentionMs: 0 };
}

test("a call takes one round trip, and a second one the first time: the node does not know the script", async () => {
  const { scheduler, seen, execute } = makeBench();
  scheduler.after(10, () => execute("a"));
  scheduler.after(20, () => execute("b"));
  await scheduler.run(100);
  expect(seen).toEqual(["ready@2", "a@14 [1]", "b@22 [1]"]);
});

test("what is sent into a partition arrives after the heal", async () => {
  const { scheduler, seen, network, execute } = makeBench({ socketTimeoutMs: Number.POSITIVE_INFINITY });
  scheduler.after(5, () => execute("a"));
  await scheduler.run(10);
  const cut = network.partition([0], { peers: ["p"] });
  scheduler.after(0, () => execute("b"));
  scheduler.after(500, () => cut[Symbol.dispose]());
  await scheduler.run(1000);
  expect(seen).toEqual(["ready@2", "a@9 [1]", "b@512 [1]"]);
});

test("a one-way partition lets the node act and hides its answer", async () => {
  const { scheduler, seen, network, execute, server } = makeBench();
  scheduler.after(5, () => execute("a"));
  await scheduler.run(10);
  network.partition([0], { peers: ["p"], direction: "reply" });
  scheduler.after(0, () => execute("b"));
  await scheduler.run(100);
  expect(seen).toEqual(["ready@2", "a@9 [1]"]);
  expect(server.model.keyspace.names(0)).toContain("b");
});

test("a silent connection is broken by the client, and its calls fail before it says that it is down", async () => {
  const { scheduler, seen, network, execute } = makeBench({ socketTimeoutMs: 200 });
  await scheduler.run(10);
  network.partition([0], { peers: ["p"] });
  execute("a");
  await scheduler.run(250);
  expect(seen).toEqual([
    "ready@2",
    "a@210 Connection is closed.",
    "down@210 Socket timeout. Expecting data, but didn't receive any.",
  ]);
});

test("killed nodes refuse, restarted ones are found again and have forgotten", async () => {
  const { scheduler, seen, execute, server } = makeBench();
  scheduler.after(5, () => execute("a"));
  scheduler.after(50, () => server.kill());
  scheduler.after(300, () => server.restart("empty"));
  await scheduler.run(1000);
  expect(seen[2]).toBe("down@51 Connection is closed.");
  expect(seen[3]).toMatch(/ECONNREFUSED/);
  expect(seen.at(-1)).toMatch(/^ready@3/);
  expect(server.model.keyspace.names(0)).toEqual([]);
});

test("a restart from a snapshot brings a released lock back", async () => {
  const { scheduler, execute, server } = makeBench();
  scheduler.after(5, () => execute("a"));
  scheduler.after(20, () => server.takeSnapshot());
  scheduler.after(30, () => server.flushAll());
  scheduler.after(50, () => server.restart("snapshot"));
  await scheduler.run(100);
  expect(server.model.keyspace.names(0)).toEqual(["a"]);
});

test("a client that re-sends executes a call again after a reconnect; a safe one never does", async () => {
  for (const resend of [true, false]) {
    const { scheduler, execute, server } = makeBench({ resend });
    let executions = 0;
    scheduler.after(5, () => execute("a"));
    await scheduler.run(20);
    server.onExecuted = () => {
      executions += 1;
    };
    execute("b");
    scheduler.after(1.5, () => server.sessions.reset());
    await scheduler.run(1000);
    expect(executions).toBe(resend ? 2 : 1);
  }
});

test("a script flush keeps the order of what is under way, and drops what nobody wants any more", async () => {
  const { scheduler, connection, server, execute } = makeBench();
  scheduler.after(5, () => execute("a"));
  await scheduler.run(20);
  const order: string[] = [];
  server.onExecuted = (_, operations) => order.push(...operations.flatMap((operation) => operation.keys));
  server.flushScripts();
  const answers: unknown[] = [];
  const write = (tokens: string[], wanted: (index: number) => boolean): void =>
    connection.execute(tokens.map(acquireOf), (_, reply) => answers.push(reply?.slice(3)), wanted);
  write(["b", "c"], (index) => index === 1);
  scheduler.after(0.5, () => write(["d"], () => true));
  scheduler.after(2.1, () => write(["e"], () => true));
  await scheduler.run(100);
  expect(order).toEqual(["c", "d", "e"]);
  expect(answers).toEqual([[["error", "NOTWRITTEN no longer wanted"], 1], [1], [1]]);
});

test("a subscriber hears releases only after its confirmation, and is told when it has to look again", async () => {
  const { scheduler, connection, server, execute, seen } = makeBench();
  await scheduler.run(3);
  execute("a");
  await scheduler.run(10);
  const release = (): void =>
    connection.execute(
      [{ kind: "release", keys: ["a"], token: "a", fence: 0, bury: false, announce: true, buryMs: 0 }],
      () => {},
      () => true,
    );
  connection.subscribe(["a:released"], {
    onSubscribed: () => seen.push(`subscribed@${scheduler.nowMs}`),
    onNotice: (channel, message) => seen.push(`${channel} ${message}@${scheduler.nowMs}`),
  });
  scheduler.after(10, release);
  scheduler.after(50, () => server.sessions.reset());
  await scheduler.run(1000);
  expect(seen.filter((line) => line.includes("subscribed"))).toHaveLength(2);
  expect(seen).toContain("subscribed@14");
  expect(seen.filter((line) => /^a:released .*@22$/.test(line))).toHaveLength(1);
});
