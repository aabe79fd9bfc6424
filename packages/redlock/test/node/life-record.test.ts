import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { findClockShim, startFleet, type Fleet, type RedisServer } from "@quorate/testing";
import { lifeRecordKey, slotRecordKeys } from "../../src/node/life-record.ts";
import { slotOf } from "../../src/node/keys.ts";
import { acquire, inspect, release } from "./operations.ts";
import { runKnowing, runScript } from "./run-script.ts";

const key = lifeRecordKey("");
let fleet: Fleet;
let server: RedisServer;
let other: RedisServer;

beforeAll(async () => {
  fleet = await startFleet({ nodes: 2 });
  [server, other] = [fleet.node(0), fleet.node(1)];
});
afterAll(() => fleet.stop());
beforeEach(() => server.flushAll());

const young: unknown = expect.toSatisfy((ageMs: number) => ageMs < 10_000);

interface Told {
  readonly runId: string;
  readonly record: string;
  readonly cause: string;
  readonly memoryAgeMs: number;
}

async function ask(node: RedisServer, known = ""): Promise<Told> {
  const [life, memoryAgeMs] = await runKnowing(node, known, inspect("a"));
  const [, runId = "", record = "", cause = ""] = /^(\w+) (\w+ \d+ (\w+)) quorate:life$/.exec(String(life)) ?? [];
  return { runId, record, cause, memoryAgeMs: Number(memoryAgeMs) };
}

const isKnown = async (node: RedisServer, record: string): Promise<boolean> =>
  (await runKnowing(node, record, inspect("a")))[0] === "=";

/** As if nobody had touched the node for so long. */
async function grow(node: RedisServer, byMs: number): Promise<void> {
  const [history, born, cause] = String(await node.command("GET", key)).split(" ");
  await node.command("SET", key, `${history} ${Number(born) - byMs} ${cause}`);
}

describe("the record of a node's memory", () => {
  test("is written at the first touch, never ends, and is then as old as it says", async () => {
    const first = await ask(server);
    expect(first).toMatchObject({ memoryAgeMs: young, cause: "restarted" });
    expect(await server.command("GET", key)).toBe(first.record);
    expect(await server.command("PTTL", key)).toBe(-1);
    await grow(server, 500);
    expect((await ask(server)).memoryAgeMs).toBeGreaterThanOrEqual(500);
  });

  test("makes no process older than it is", async () => {
    await ask(server);
    await grow(server, 3_600_000);
    expect((await ask(server)).memoryAgeMs).toBeLessThan(600_000);
  });

  test("is confirmed to who knows it, and to nobody else", async () => {
    const { record } = await ask(server);
    expect(await isKnown(server, record)).toBe(true);
    expect(await isKnown(server, `${record}x`)).toBe(false);
  });

  test.each([
    ["FLUSHALL", ["FLUSHALL"]],
    ["FLUSHDB", ["FLUSHDB"]],
    ["SWAPDB", ["SWAPDB", "0", "1"]],
    ["an eviction", ["DEL", key]],
  ] as const)("is gone with the locks after %s: the memory is new, also for who knew it", async (_what, command) => {
    const { runId } = await ask(server);
    await grow(server, 60_000);
    const known = String(await server.command("GET", key));
    expect(await isKnown(server, known)).toBe(true);
    await server.command(...(command as readonly [string, ...string[]]));
    expect(await isKnown(server, known)).toBe(false);
    expect(await ask(server)).toMatchObject({ runId, memoryAgeMs: young });
  });

  test("of a snapshot names the life before: a restart with data is a new memory", async () => {
    const { record } = await ask(server);
    await grow(server, 60_000);
    await server.restart({ keepData: true });
    expect(await server.command("GET", key)).toContain(record.slice(0, 40));
    expect(await isKnown(server, String(await server.command("GET", key)))).toBe(false);
    expect(await ask(server)).toMatchObject({ memoryAgeMs: young, cause: "restarted" });
  });

  test("is not a replica's to write, and new when it is promoted, for everybody the same", async () => {
    const { record } = await ask(server);
    await grow(server, 60_000);
    await other.becomeReplicaOf(server);
    expect((await runScript(other, inspect("a"))).slice(0, 3)).toEqual([expect.stringMatching(/^\w{40}$/), 0, 1]);
    expect(await other.command("GET", key)).toContain(record.slice(0, 40));
    await other.promote();
    expect(await ask(other)).toMatchObject({ memoryAgeMs: young, cause: "promoted" });
    await grow(other, 500);
    expect((await ask(other)).memoryAgeMs).toBeGreaterThanOrEqual(500);
  });

  test("of a master that was its own replica's replica for a while is new: its process is the same, its memory not", async () => {
    const before = await ask(server);
    await grow(server, 60_000);
    await other.becomeReplicaOf(server);
    await other.promote();
    await server.becomeReplicaOf(other);
    await server.promote();
    expect(await server.command("GET", key)).toContain(before.record.slice(0, 40));
    expect(await ask(server)).toMatchObject({ runId: before.runId, memoryAgeMs: young, cause: "promoted" });
  });

  test("of a master whose last replica has been gone for repl-backlog-ttl is new, and with 0 it stays", async () => {
    await server.configure("repl-backlog-ttl", "0");
    await other.becomeReplicaOf(server);
    await other.configure("repl-backlog-ttl", "1");
    await other.promote();
    const [kept, freed] = [await ask(server), await ask(other)];
    await expect.poll(() => isKnown(other, freed.record), { timeout: 15_000 }).toBe(false);
    // Nothing tells it from a server that was promoted, lost its replicas and forgot what its master had not sent.
    expect(await ask(other)).toMatchObject({ runId: freed.runId, memoryAgeMs: young });
    expect(await isKnown(server, kept.record)).toBe(true);
  });

  test("that was born in the future is new: the clock was set back", async () => {
    await ask(server);
    await grow(server, -3_600_000);
    expect(await ask(server)).toMatchObject({ memoryAgeMs: young, cause: "clock" });
    await grow(server, 500);
    expect(await ask(server)).toMatchObject({
      cause: "clock",
      memoryAgeMs: expect.toSatisfy((age: number) => age >= 500),
    });
  });

  test("of a server whose clock was set back behind its start grows old all the same", async ({ skip }) => {
    skip(!(await findClockShim()).available, "no C compiler here for servers with clocks of their own");
    await using moved = await startFleet({ nodes: 1, server: { clock: true } });
    const node = moved.node(0);
    await ask(node);
    node.clock!.jump(-3_600_000);
    expect(await ask(node)).toMatchObject({ memoryAgeMs: young, cause: "clock" });
    expect(String(await node.command("INFO", "server"))).toMatch(/uptime_in_seconds:-\d/);
    node.clock!.jump(60_000);
    expect((await ask(node)).memoryAgeMs).toBeGreaterThanOrEqual(60_000);
  });

  test("is not asked for by releases", async () => {
    expect((await runKnowing(server, "-", release())).slice(0, 3)).toEqual(["-", 0, 0]);
    expect(await server.command("EXISTS", key)).toBe(0);
  });

  test.each([
    ["is out of memory", () => server.fillMemory(), () => server.freeMemory(), "OOM"],
    [
      "lacks replicas",
      () => server.configure("min-replicas-to-write", "1"),
      () => server.configure("min-replicas-to-write", "0"),
      "NOREPLICAS",
    ],
    ["keeps a list there", () => server.command("RPUSH", key, "x"), () => undefined, "WRONGTYPE"],
    ["keeps someone's text there", () => server.command("SET", key, "token"), () => undefined, "FOREIGN"],
  ])("of a node that %s is none, and the reason is told", async (_what, spoil, mend, why) => {
    await spoil();
    const before = await server.command("DUMP", key);
    try {
      const [life, memoryAgeMs] = await runScript(server, inspect("a"));
      expect(life).toMatch(new RegExp(`^\\w{40} !${why} `));
      expect(memoryAgeMs).toBe(0);
      expect(await server.command("DUMP", key)).toEqual(before);
    } finally {
      await mend();
    }
  });
});

test("a user who may do nothing with the record's key is refused as a whole", async () => {
  await server.command("ACL", "SETUSER", "narrow", "on", ">secret", "~a", "~{a}:*", "&*", "+@all");
  const parameters = ["AUTH", "narrow", "secret"] as const;
  await server.command(...parameters);
  try {
    await expect(runScript(server, acquire({ keys: ["a"] }))).rejects.toThrow(/No permissions to access a key|NOPERM/);
  } finally {
    await server.command("AUTH", "default", "");
  }
});

test.each(["", "app:", "{app}:", "a{b", "x}"])(
  "with the prefix %j each slot of a Cluster has a record of its own",
  (prefix) => {
    const records = slotRecordKeys(prefix);
    for (const name of ["orders", "a", "{tag}x", "b:c"]) {
      const beside = records.inSlotOf(prefix + name);
      expect(slotOf(beside)).toBe(slotOf(prefix + name));
      expect(beside).toBe(records.inSlotOf(prefix + name));
    }
  },
);
