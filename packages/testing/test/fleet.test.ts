import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { expect, test } from "vitest";
import { startFleet, type RedisServer } from "@quorate/testing";
import { processState } from "./processes/process-state.ts";

async function runIdOf(server: RedisServer): Promise<string | undefined> {
  return /run_id:(\w+)/.exec(String(await server.command("INFO", "server")))?.[1];
}

test("five servers answer when the fleet has started, each on a port and in a process of its own", async () => {
  await using fleet = await startFleet();
  expect(new Set(fleet.urls).size).toBe(5);
  expect(new Set(fleet.servers.map((server) => server.pid)).size).toBe(5);
  expect(new Set(await Promise.all(fleet.servers.map(runIdOf))).size).toBe(5);
});

test("fleets started at the same time share nothing", async () => {
  const fleets = await Promise.all(Array.from({ length: 6 }, () => startFleet({ nodes: 3 })));
  await Promise.all(fleets.map((fleet, index) => fleet.node(0).command("SET", "whose", index)));
  const read = await Promise.all(fleets.map((fleet) => fleet.node(0).command("GET", "whose")));
  await Promise.all(fleets.map((fleet) => fleet.stop()));
  expect(read).toEqual(["0", "1", "2", "3", "4", "5"]);
});

test("a stopped fleet leaves no process and no folder behind", async () => {
  const fleet = await startFleet({ nodes: 3 });
  const folder = dirname(await dataFolderOf(fleet.node(0)));
  const pids = fleet.servers.map((server) => server.pid);
  await fleet.node(1).pause();
  await fleet.node(2).kill();
  await fleet.stop();
  await fleet.stop();
  expect(pids.map(processState)).toEqual(["gone", "gone", "gone"]);
  expect(existsSync(dirname(folder))).toBe(false);
});

test("a fleet of which one server cannot start is refused with that server's own words", async () => {
  await expect(startFleet({ nodes: [{}, { config: { "no-such-directive": "1" } }] })).rejects.toThrow(
    /did not start: [^]*no-such-directive/,
  );
});

test("a killed server is gone at once, and comes back on its port as another run", async () => {
  await using fleet = await startFleet({ nodes: 1 });
  const server = fleet.node(0);
  const { pid, port } = server;
  const runId = await runIdOf(server);
  await server.kill();
  expect(processState(pid)).toBe("gone");
  expect(server.running).toBe(false);
  await expect(server.command("PING")).rejects.toThrow("ECONNREFUSED");
  await server.restart({ keepData: false });
  expect(server.port).toBe(port);
  expect(await runIdOf(server)).not.toBe(runId);
});

test("a paused server is silent until it is resumed, and then does what it was asked", async () => {
  await using fleet = await startFleet({ nodes: 2 });
  const [server, other] = [fleet.node(0), fleet.node(1)];
  const order: string[] = [];
  await server.pause();
  expect(processState(server.pid)).toBe("stopped");
  const answer = server.command("SET", "k", "v").then(() => order.push("answered"));
  for (let trip = 0; trip < 20; trip += 1) await other.command("PING");
  order.push("resumed");
  server.resume();
  await answer;
  expect(order).toEqual(["resumed", "answered"]);
  expect(await server.command("GET", "k")).toBe("v");
});

test("a paused server can be killed, stopped and restarted", async () => {
  await using fleet = await startFleet({ nodes: 3 });
  await Promise.all(fleet.servers.map((server) => server.pause()));
  await Promise.all([fleet.node(0).kill(), fleet.node(1).stop(), fleet.node(2).restart({ keepData: true })]);
  expect(fleet.servers.map((server) => server.running)).toEqual([false, false, true]);
});

test("keys that are left are found with their node, fences and dead servers aside", async () => {
  await using fleet = await startFleet({ nodes: 3 });
  await Promise.all(fleet.servers.map((server) => server.command("SET", "orders:42", "token", "PX", 60_000)));
  await Promise.all(fleet.servers.map((server) => server.command("SET", "{orders:42}:fence", 7)));
  await fleet.node(1).kill();
  expect(await fleet.lockKeys()).toEqual([
    { node: 0, key: "orders:42" },
    { node: 2, key: "orders:42" },
  ]);
  expect(await fleet.node(0).keys()).toEqual(["orders:42", "{orders:42}:fence"]);
  expect(await fleet.node(0).locks()).toEqual([{ resource: "orders:42", token: "token" }]);
  expect(await fleet.node(0).locks("orders:")).toEqual([{ resource: "42", token: "token" }]);
});

async function dataFolderOf(server: RedisServer): Promise<string> {
  return String(((await server.command("CONFIG", "GET", "dir")) as string[])[1]);
}
