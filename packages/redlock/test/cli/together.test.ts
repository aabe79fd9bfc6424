/** Readers and permits on the command line: run, inspect, list, watch and release, on real servers. */
import { createServer } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startFleet, type Fleet } from "@quorate/testing";
import { connectTo } from "../support/connect-to.ts";
import { until } from "../support/until.ts";
import { redlock, start, type RedlockProcess } from "./redlock-process.ts";

let fleet: Fleet;
let nodes: readonly string[];
beforeAll(async () => {
  fleet = await startFleet({ nodes: 3 });
  nodes = ["--nodes", fleet.urls.join(",")];
});
afterAll(() => fleet.stop());

/** A run that says so when it is in, and stays until it is ended. */
async function holding(...options: readonly string[]): Promise<RedlockProcess> {
  const script = 'echo "in ${REDLOCK_PERMITS-}"; exec sleep 60';
  const process = start(["run", "--durable-nodes", ...nodes, "--no-wait", ...options, "--", "sh", "-c", script]);
  await process.saw(/in/);
  return process;
}

async function ended(process: RedlockProcess): Promise<void> {
  process.signal("SIGTERM");
  await process.finished;
}

const once = (...args: readonly string[]) =>
  redlock(["run", "--durable-nodes", ...nodes, "--no-wait", ...args, "--", "echo", "ran"]);

interface Seen {
  readonly waiters: readonly object[];
  readonly holders: readonly { readonly holder: string; readonly label: string; readonly permits: readonly number[] }[];
}

const inspected = async (resource: string): Promise<Seen> =>
  JSON.parse((await redlock(["inspect", ...nodes, resource, "--json"])).stdout) as Seen;

test("run --shared runs beside other readers, and neither beside a writer nor a writer beside it", async () => {
  const reader = await holding("--shared", "--label", "first", "read");
  expect(await once("--shared", "read")).toMatchObject({ exitCode: 0, stdout: "ran\n" });
  const writer = await once("read");
  expect(writer).toMatchObject({ exitCode: 75, stdout: "" });
  expect(writer.stderr).toContain('"read" is shared by others, at most');
  await ended(reader);
  const alone = await holding("read");
  expect(await once("--shared", "read")).toMatchObject({ exitCode: 75, stdout: "" });
  await ended(alone);
});

test("run --permits K runs K at a time, each with a number that the others do not have", async () => {
  const pool = ["--permits", "3", "pool"];
  const runs = [await holding(...pool), await holding("--weight", "2", ...pool)];
  const numbers = runs.flatMap(({ stdout }) => /in (.*)/.exec(stdout)![1]!.split(","));
  expect(numbers.toSorted()).toEqual(["0", "1", "2"]);
  const refused = await once(...pool);
  expect(refused).toMatchObject({ exitCode: 75, stdout: "" });
  expect(refused.stderr).toContain('"pool" has none of its 3 permits free, at most');
  await ended(runs[0]!);
  const tooMany = await once("--weight", "2", ...pool);
  expect(tooMany.stderr).toContain('"pool" has fewer than 2 of its 3 permits free');
  expect(await once(...pool)).toMatchObject({ exitCode: 0 });
  await ended(runs[1]!);
  expect((await fleet.lockKeys()).filter(({ key }) => key === "pool")).toEqual([]);
});

test("what does not go together is refused before any node is asked", async () => {
  let askedCount = 0;
  const server = createServer((socket) => (askedCount++, socket.destroy())).listen(0, "127.0.0.1");
  await until(() => server.listening);
  const { port } = server.address() as { port: number };
  const run = ["run", "--nodes", `127.0.0.1:${port}`];
  const textOf = async (...args: readonly string[]) => (await redlock([...run, ...args, "--", "true"])).stderr;
  expect(await textOf("--shared", "--permits", "3", "a")).toMatch(/--shared and --permits exclude each other/);
  expect(await textOf("--weight", "2", "a")).toMatch(/--weight .*: say --permits too/);
  expect(await textOf("--permits", "3", "--weight", "4", "a")).toMatch(
    /--weight must be an integer from 1 to 3, got 4/,
  );
  expect(await textOf("--permits", "1025", "a")).toMatch(/--permits must be an integer from 1 to 1024, got 1025/);
  expect(await textOf("--permits", "3", "a", "b")).toMatch(/--permits is for one RESOURCE, got 2/);
  expect(askedCount).toBe(0);
  // The control: what is right does ask it.
  await redlock([...run, "--no-wait", "--permits", "3", "a", "--", "true"]);
  expect(askedCount).toBeGreaterThan(0);
  server.close();
});

test("inspect names the readers, and who waits for what, in order", async () => {
  await using one = connectTo(fleet.urls, { label: "reader one" });
  await using two = connectTo(fleet.urls, { label: "reader two" });
  const locks = [
    await one.acquire("book", 30_000, { shared: true }),
    await two.acquire("book", 30_000, { shared: true }),
  ];
  await using writer = connectTo(fleet.urls);
  await using late = connectTo(fleet.urls);
  const writing = writer.acquire("book", 30_000, { waitMs: 30_000 });
  await until(async () => (await inspected("book")).waiters.length === 1, 20_000);
  const reading = late.acquire("book", 30_000, { waitMs: 30_000, shared: true });
  await until(async () => (await inspected("book")).waiters.length === 2, 20_000);
  const nobody = { weight: null, permits: null };
  expect(await inspected("book")).toMatchObject({
    verdict: "held",
    mode: "shared",
    holder: null,
    waiters: [
      { mode: "exclusive", ...nobody },
      { mode: "shared", ...nobody },
    ],
  });
  const { stdout } = await redlock(["inspect", ...nodes, "book"]);
  expect(stdout).toMatch(/^"book": shared by 2 readers\n {2}until \d\d:\d\d:\d\d at most/);
  for (const [index, label] of ["reader one", "reader two"].entries()) {
    const token = locks[index]!.token.slice(0, 8);
    expect(stdout).toMatch(new RegExp(`^  ${label} +${token.replaceAll(/\W/g, "\\$&")}… +[\\d.]+ s$`, "m"));
  }
  expect(stdout.match(/ {2}2 readers .* 2$/gm)).toHaveLength(3);
  expect(stdout).toContain("Waiting, in this order: 1 alone, 1 reader.");
  expect(Math.max(...stdout.split("\n").map((text) => text.length))).toBeLessThanOrEqual(80);
  await Promise.all(locks.map((lock) => lock.release()));
  await (await writing).release();
  await (await reading).release();
  expect((await redlock(["inspect", ...nodes, "book"])).stdout).toMatch(/^"book": free\n/);
});

test("inspect tells of each name whether who waits for several would share it", async () => {
  await using holder = connectTo(fleet.urls);
  const held = await holder.acquire(["päper", "ink"], 30_000);
  await using several = connectTo(fleet.urls);
  const waiting = several.acquire(["ink", "päper"], 30_000, { waitMs: 30_000, shared: ["päper"] });
  await until(async () => (await inspected("päper")).waiters.length === 1, 20_000);
  const nobody = { weight: null, permits: null };
  expect((await inspected("päper")).waiters).toEqual([{ mode: "shared", ...nobody }]);
  expect((await inspected("ink")).waiters).toEqual([{ mode: "exclusive", ...nobody }]);
  await held.release();
  await (await waiting).release();
});

test("inspect names who has which permits, and of how many where somebody waits for them", async () => {
  await using one = connectTo(fleet.urls, { label: "worker one" });
  await using two = connectTo(fleet.urls, { label: "worker two" });
  const locks = [
    await one.acquire("pool", 30_000, { permits: 4, weight: 3 }),
    await two.acquire("pool", 30_000, { permits: 4 }),
  ];
  expect((await redlock(["inspect", ...nodes, "pool"])).stdout).toMatch(/^"pool": 4 permits taken by 2 holders\n/);
  const waiting = two.acquire("pool", 30_000, { permits: 4, weight: 2, waitMs: 30_000 });
  await until(async () => (await inspected("pool")).waiters.length === 1, 20_000);
  const { holders, waiters } = await inspected("pool");
  expect(waiters).toEqual([{ mode: "permits", weight: 2, permits: 4 }]);
  for (const lock of locks) {
    const seen = holders.find(({ holder }) => holder === `${lock.token.slice(0, 8)}…`);
    expect(seen).toMatchObject({ permits: lock.permits, label: lock === locks[0] ? "worker one" : "worker two" });
  }
  const { stdout } = await redlock(["inspect", ...nodes, "pool"]);
  expect(stdout).toMatch(/^"pool": 4 of 4 permits taken by 2 holders\n/);
  expect(stdout).toMatch(new RegExp(`^  ${locks[1]!.permits.join()} +worker two +.{8}… +[\\d.]+ s$`, "m"));
  expect(stdout).toContain("Waiting, in this order: 1 for 2 of 4 permits.");
  await Promise.all(locks.map((lock) => lock.release()));
  await (await waiting).release();
});

test("inspect --watch without a terminal says in one line who shares it, or has which permits", async () => {
  await using redlocks = connectTo(fleet.urls, { label: "me" });
  const watch = start(["inspect", ...nodes, "watched", "--watch", "--every", "100ms"]);
  await watch.saw(/"watched": free\n/);
  const reader = await redlocks.acquire("watched", 30_000, { shared: true });
  await watch.saw(/"watched": shared by 1 reader \(me\) until .*\n/);
  await reader.release();
  const permit = await redlocks.acquire("watched", 30_000, { permits: 2, weight: 2 });
  await watch.saw(/"watched": 2 permits taken by 1 holder \(me 0-1\) until .*\n/);
  await permit.release();
  watch.signal("SIGINT");
  expect((await watch.finished).exitCode).toBe(0);
});

test("list has a row for each reader and each holder of permits", async () => {
  await using redlocks = connectTo(fleet.urls, { label: "somebody" });
  const locks = [
    await redlocks.acquire("alone", 30_000),
    await redlocks.acquire("pool", 30_000, { permits: 5, weight: 2 }),
    await redlocks.acquire("read", 30_000, { shared: true }),
    await redlocks.acquire("read", 30_000, { shared: true }),
  ];
  const { locks: listed } = JSON.parse((await redlock(["list", ...nodes, "--json"])).stdout) as { locks: object[] };
  const held = { isHeld: true, label: "somebody", nodeCount: 3 };
  expect(listed).toMatchObject([
    { resource: "alone", mode: "exclusive", permits: [], ...held },
    { resource: "pool", mode: "permits", permits: locks[1]!.permits, holder: locks[1]!.token.slice(0, 8), ...held },
    { resource: "read", mode: "shared", permits: [], ...held },
    { resource: "read", mode: "shared", permits: [], ...held },
  ]);
  const { stdout } = await redlock(["list", ...nodes]);
  expect(stdout).toMatch(/^alone +somebody +alone +.{8}… +3\/3/m);
  expect(stdout).toMatch(/^pool +somebody +permits (?:\d-\d|\d, \d) +.{8}… +3\/3/m);
  expect(stdout.match(/^read +somebody +reader +.{8}… +3\/3/gm)).toHaveLength(2);
  expect(Math.max(...stdout.split("\n").map((text) => text.length))).toBeLessThanOrEqual(80);
  await Promise.all(locks.map((lock) => lock.release()));
});

test("of very many readers list shows some, and how many more there are", async () => {
  await using redlocks = connectTo(fleet.urls);
  const readers = Array.from({ length: 11 }, () => redlocks.acquire("many", 30_000, { shared: true }));
  const locks = await Promise.all(readers);
  const { stdout } = await redlock(["list", ...nodes]);
  expect(stdout.match(/^many /gm)).toHaveLength(8);
  expect(stdout).toMatch(/^ +and 3 more readers$/m);
  await Promise.all(locks.map((lock) => lock.release()));
});

test("watch tells of readers and of each permit, also when it is handed on", async () => {
  await using one = connectTo(fleet.urls, { label: "one" });
  await using two = connectTo(fleet.urls, { label: "two" });
  const watch = start(["watch", "--every", "200ms", ...nodes]);
  const reader = await one.acquire("book", 30_000, { shared: true });
  await watch.saw(/"book" is read by one \(/);
  const second = await two.acquire("book", 30_000, { shared: true });
  await watch.saw(/"book" is read by two \(/);
  await reader.release();
  await watch.saw(/"book" is no longer read by one \(/);
  await second.release();
  await watch.saw(/"book" is no longer read by two \(/);
  const permit = await one.acquire("pool", 30_000, { permits: 1 });
  await watch.saw(/permit 0 of "pool" is held by one \(/);
  const next = two.acquire("pool", 30_000, { permits: 1, waitMs: 30_000 });
  await permit.release();
  const handed = await next;
  await watch.saw(/permit 0 of "pool" went from one \(.{8}…\) to two \(/);
  await handed.release();
  await watch.saw(/permit 0 of "pool" is no longer held by two \(/);
  watch.signal("SIGINT");
  expect((await watch.finished).exitCode).toBe(0);
});

test.each([
  ["readers", { shared: true }],
  ["holders of permits", { permits: 3 }],
])("release by token ends one of several %s, and by force all", async (_who, beside) => {
  await using redlocks = connectTo(fleet.urls);
  const locks = await Promise.all([1, 2, 3].map(() => redlocks.acquire("taken", 30_000, beside)));
  const one = await redlock(["release", ...nodes, "taken", "--token", locks[0]!.token]);
  expect(one).toMatchObject({ exitCode: 0, stdout: 'Released "taken" on 3 of 3 nodes.\n' });
  await expect(locks[0]!.extend()).rejects.toMatchObject({ code: "LOCK_LOST" });
  await locks[1]!.extend();
  const all = await redlock(["release", ...nodes, "taken", "--force", "--yes"]);
  expect(all).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('"taken", which 2 callers held.') });
  for (const lock of locks.slice(1)) await expect(lock.extend()).rejects.toMatchObject({ code: "LOCK_LOST" });
  await using next = connectTo(fleet.urls);
  await (await next.acquire("taken", 30_000, { waitMs: 0 })).release();
});

test("readers whose nodes began to be shared at different times are one resource to inspect", async () => {
  await using redlocks = connectTo(fleet.urls);
  // The nodes' highest fences differ, and with them what their lock keys hold.
  await fleet.node(0).command("SET", "{differ}:fence", "17", "PX", "60000");
  const lock = await redlocks.acquire("differ", 30_000, { shared: true });
  const bases = await Promise.all(fleet.servers.map((server) => server.command("GET", "differ")));
  expect(new Set(bases).size).toBe(2);
  expect(await redlocks.inspect("differ")).toMatchObject({
    verdict: "held",
    mode: "shared",
    token: undefined,
    holders: [{ token: lock.token, permits: [] }],
  });
  await lock.release();
});
