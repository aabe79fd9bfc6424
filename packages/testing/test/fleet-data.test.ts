import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { startFleet, type RedisServer } from "@quorate/testing";

const durable = { appendonly: "yes", appendfsync: "always" };

async function info(server: RedisServer, section: string, field: string): Promise<string | undefined> {
  return new RegExp(`^${field}:(.*)\r$`, "m").exec(String(await server.command("INFO", section)))?.[1];
}

test("a planned restart keeps the data, one without data forgets them", async () => {
  await using fleet = await startFleet({ nodes: 1 });
  const server = fleet.node(0);
  await server.command("SET", "k", "v");
  await server.restart({ keepData: true });
  expect(await server.command("GET", "k")).toBe("v");
  await server.restart({ keepData: false });
  expect(await server.command("GET", "k")).toBe(null);
});

test("a killed server keeps what is on disk: nothing by default, everything with appendfsync always", async () => {
  await using fleet = await startFleet({ nodes: [{}, { config: durable }] });
  await Promise.all(fleet.servers.map((server) => server.command("SET", "k", "v")));
  await Promise.all(fleet.servers.map((server) => server.kill()));
  await Promise.all(fleet.servers.map((server) => server.restart({ keepData: true })));
  expect(await Promise.all(fleet.servers.map((server) => server.command("GET", "k")))).toEqual([null, "v"]);
});

test("a snapshot brings back what was deleted since, also on a server with an append-only file", async () => {
  await using fleet = await startFleet({ nodes: [{}, { config: durable }] });
  for (const server of fleet.servers) {
    await server.command("SET", "released", "token");
    const snapshot = await server.snapshot();
    await server.command("DEL", "released");
    await server.command("SET", "recent", "token");
    await server.restart({ from: snapshot });
    expect(await server.keys()).toEqual(["released"]);
  }
  await fleet.node(1).kill();
  await fleet.node(1).restart({ keepData: true });
  expect(await fleet.node(1).keys()).toEqual(["released"]);
  expect(await info(fleet.node(1), "persistence", "aof_enabled")).toBe("1");
});

test("FLUSHALL forgets the data and nothing else, SCRIPT FLUSH the scripts", async () => {
  await using fleet = await startFleet({ nodes: 1 });
  const server = fleet.node(0);
  const runId = await info(server, "server", "run_id");
  const sha = String(await server.command("SCRIPT", "LOAD", "return 1"));
  await server.command("SET", "k", "v");
  await server.flushAll();
  expect(await server.keys()).toEqual([]);
  expect(await info(server, "server", "run_id")).toBe(runId);
  expect(await server.command("EVALSHA", sha, 0)).toBe(1);
  await server.flushScripts();
  await expect(server.command("EVALSHA", sha, 0)).rejects.toThrow(/^NOSCRIPT/);
});

test("a server whose memory is full refuses SET and still does PEXPIRE and DEL", async () => {
  await using fleet = await startFleet({ nodes: 1 });
  const server = fleet.node(0);
  await server.command("SET", "k", "v");
  await server.fillMemory();
  await expect(server.command("SET", "k", "w")).rejects.toThrow(/^OOM/);
  await expect(server.command("EVAL", "return redis.call('set', 'k', 'w')", 0)).rejects.toThrow(/OOM/);
  expect(await server.command("PEXPIRE", "k", 60_000)).toBe(1);
  expect(await server.command("DEL", "k")).toBe(1);
  await server.freeMemory();
  expect(await server.command("SET", "k", "w")).toBe("OK");
});

test("the fleet's URLs log in as the server's user, who may do only what the rules say", async () => {
  const user = { name: "locker", password: "s3cret:/@", rules: "~* &* +@all -info" };
  await using fleet = await startFleet({ nodes: 1, server: { user }, proxied: true });
  const client = new Redis(fleet.urls[0] ?? "", { enableReadyCheck: false });
  expect(await client.acl("WHOAMI")).toBe("locker");
  expect(await client.set("k", "v")).toBe("OK");
  await expect(client.info()).rejects.toThrow(/NOPERM/);
  expect(await fleet.node(0).command("INFO", "server")).toMatch(/run_id/);
  client.disconnect();
});

test("settings are the whole fleet's or one server's own", async () => {
  await using fleet = await startFleet({
    nodes: [{}, { config: { "maxmemory-policy": "volatile-lru" } }],
    server: { config: { maxmemory: "100mb" } },
  });
  const settingOf = async (server: RedisServer, directive: string): Promise<unknown> =>
    ((await server.command("CONFIG", "GET", directive)) as string[])[1];
  const read = fleet.servers.map((server) =>
    Promise.all([settingOf(server, "maxmemory"), settingOf(server, "maxmemory-policy")]),
  );
  expect(await Promise.all(read)).toEqual([
    ["104857600", "noeviction"],
    ["104857600", "volatile-lru"],
  ]);
});

test("a server that follows another and is promoted has the other's data and its own run id", async () => {
  await using fleet = await startFleet({ nodes: 2 });
  const [master, replica] = [fleet.node(0), fleet.node(1)];
  await master.command("SET", "k", "v");
  await replica.becomeReplicaOf(master);
  expect(await replica.command("GET", "k")).toBe("v");
  expect(await info(replica, "replication", "role")).toBe("slave");
  await replica.promote();
  expect(await info(replica, "replication", "role")).toBe("master");
  expect(await info(replica, "replication", "second_repl_offset")).not.toBe("-1");
  expect(await replica.command("SET", "k", "w")).toBe("OK");
});
