import { hostname } from "node:os";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startFleet, type Fleet } from "@quorate/testing";
import { connectTo, type TestRedlock } from "../support/connect-to.ts";
import { until } from "../support/until.ts";
import { redlock, start } from "./redlock-process.ts";

let fleet: Fleet;
let nodes: readonly string[];
let holder: TestRedlock;

beforeAll(async () => {
  fleet = await startFleet({ nodes: 3 });
  nodes = ["--nodes", fleet.urls.join(",")];
  holder = connectTo(fleet.urls);
});
afterAll(async () => {
  await holder.close();
  await fleet.stop();
});

test("a held lock is shown with a short token, its end, and each node's view", async () => {
  const lock = await holder.acquire("shown", 30_000);
  const { exitCode, stdout } = await redlock(["inspect", ...nodes, "shown"]);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(
    /^"shown": held by [\w.-]+:\d+ \(.{8}…\)\s+until \d\d:\d\d:\d\d at most, unless extended \(\d\d\.?\d? s\)$/m,
  );
  expect(stdout).toContain(lock.token.slice(0, 8));
  expect(stdout).not.toContain(lock.token);
  expect(stdout).not.toContain("\u001B[");
  for (const server of fleet.servers) expect(stdout).toContain(`127.0.0.1:${server.port}`);
  expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
});

test("--json is one object with the same, and the whole token only when asked for", async () => {
  const lock = await holder.acquire("json", 30_000);
  const label = `${hostname()}:${process.pid}`;
  const view = JSON.parse((await redlock(["inspect", ...nodes, "json", "--json"])).stdout) as Record<string, unknown>;
  expect(view).toEqual({
    version: 1,
    resource: "json",
    verdict: "held",
    mode: "exclusive",
    holder: `${lock.token.slice(0, 8)}…`,
    label,
    holders: [],
    remainingMs: expect.any(Number),
    waiters: [],
    nodes: fleet.servers.map(({ port }) => ({
      node: `127.0.0.1:${port}`,
      answered: true,
      mode: "exclusive",
      holders: [],
      holder: `${lock.token.slice(0, 8)}…`,
      label,
      remainingMs: expect.any(Number),
      fencingToken: lock.fencingToken,
      waiting: 0,
      memoryAgeMs: expect.any(Number),
      detail: "",
    })),
  });
  const full = await redlock(["inspect", ...nodes, "json", "--json", "--show-token"]);
  expect(JSON.parse(full.stdout)).toMatchObject({ holder: lock.token });
});

test("on nodes that started a moment ago free is no proof, and inspect says so", async () => {
  const urls = fleet.urls.join(",");
  const { stdout } = await redlock(["inspect", "--nodes", urls, "--restart-guard", "1h", "nobody's"]);
  expect(stdout.replaceAll("\n", " ")).toMatch(
    /: free .*3 of 3 nodes started .* ago or less\. They may have forgotten a lock/,
  );
  const durable = await redlock(["inspect", "--nodes", urls, "--restart-guard", "1h", "--durable-nodes", "nobody's"]);
  expect(durable.stdout).not.toContain("forgotten");
});

test("who waits for it is counted on each node, while he waits", async () => {
  const lock = await holder.acquire("awaited", 30_000);
  const waiters = [connectTo(fleet.urls), connectTo(fleet.urls)];
  const waiting = waiters.map((waiter) => waiter.acquire("awaited", 30_000));
  const inspected = async (): Promise<unknown[]> => {
    const { stdout } = await redlock(["inspect", ...nodes, "awaited", "--json"]);
    return (JSON.parse(stdout) as { nodes: { waiting: number | null }[] }).nodes.map((node) => node.waiting);
  };
  await until(async () => (await inspected()).every((count) => count === 2), 20_000);
  expect((await redlock(["inspect", ...nodes, "awaited"])).stdout.match(/ 2$/gm)?.length).toBe(3);
  await lock.release();
  await Promise.all(waiting.map(async (next) => (await next).release()));
  expect(await inspected()).toEqual([0, 0, 0]);
  await Promise.all(waiters.map((waiter) => waiter.close()));
});

test.each([
  ["free", async () => {}, 0],
  [
    "split",
    async () => {
      await fleet.node(0).command("SET", "split", "one", "PX", 60_000);
      await fleet.node(1).command("SET", "split", "two", "PX", 60_000);
    },
    0,
  ],
])("a resource that is %s is said to be so", async (verdict, arrange, exitCode) => {
  await arrange();
  const ended = await redlock(["inspect", ...nodes, verdict, "--json"]);
  expect(ended.exitCode).toBe(exitCode);
  expect(JSON.parse(ended.stdout)).toMatchObject({ verdict });
});

test("with too few nodes nothing can be known, which gives 69", async () => {
  const { exitCode, stdout } = await redlock(["inspect", "--nodes", `${fleet.urls[0]},127.0.0.1:1,127.0.0.1:2`, "a"]);
  expect(exitCode).toBe(69);
  expect(stdout).toContain("cannot know: 1 of 3 nodes answered");
});

test("--watch without a terminal prints a line when something changes, and ends by SIGINT with 0", async () => {
  const watch = start(["inspect", ...nodes, "watched", "--watch", "--every", "100ms"]);
  await watch.saw(/"watched": free\n/);
  const lock = await holder.acquire("watched", 30_000);
  await watch.saw(/"watched": held by .*\n/);
  await lock.release();
  await watch.saw(/free\n.*held by .*\n.*free\n/);
  watch.signal("SIGINT");
  expect((await watch.finished).exitCode).toBe(0);
});

test("release by token ends that holder's lock, and nobody else's", async () => {
  const lock = await holder.acquire("mine", 30_000);
  const wrong = await redlock(["release", ...nodes, "mine", "--token", "no-such-token"]);
  expect(wrong).toMatchObject({
    exitCode: 75,
    stderr: expect.stringMatching(/another token.*npx redlock inspect --nodes \S+ mine/),
  });
  expect(await fleet.lockKeys()).toContainEqual({ node: 0, key: "mine" });
  const right = await redlock(["release", ...nodes, "mine", "--token", lock.token]);
  expect(right).toMatchObject({ exitCode: 0, stdout: 'Released "mine" on 3 of 3 nodes.\n' });
  expect(await fleet.lockKeys()).not.toContainEqual(expect.objectContaining({ key: "mine" }));
  await expect(lock.extend()).rejects.toMatchObject({ code: "LOCK_LOST" });
});

test.each(["-begins-with-a-dash", "--with-two", "-h"])("release takes a token like %s for a token", async (token) => {
  await Promise.all(fleet.servers.map((server) => server.command("SET", "dashed", token, "PX", 60_000)));
  const released = await redlock(["release", ...nodes, "dashed", "--token", token]);
  expect(released).toMatchObject({ exitCode: 0, stdout: 'Released "dashed" on 3 of 3 nodes.\n' });
});

test("release by force shows the holder, and without a terminal wants --yes", async () => {
  const lock = await holder.acquire("forced", 30_000);
  const unasked = await redlock(["release", ...nodes, "forced", "--force"]);
  expect(unasked).toMatchObject({ exitCode: 64, stdout: expect.stringContaining(lock.token.slice(0, 8)) });
  expect(await fleet.lockKeys()).toContainEqual({ node: 0, key: "forced" });
  const forced = await redlock(["release", ...nodes, "forced", "--force", "--yes"]);
  expect(forced).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("on 3 of 3 nodes") });
});

test("a free resource is released already", async () => {
  const ended = await redlock(["release", ...nodes, "nobody", "--token", "t"]);
  expect(ended).toMatchObject({ exitCode: 0, stdout: '"nobody" is free.\n' });
});

test("release names the nodes that did not answer, and says what may be left on them", async () => {
  await using alone = await startFleet({ nodes: 1 });
  const gone = ["127.0.0.1:1", "127.0.0.1:2"];
  const ended = await redlock(["release", "--nodes", [...alone.urls, ...gone].join(","), "cut", "--token", "t"]);
  expect(ended.exitCode).toBe(69);
  expect(ended.stderr).toMatch(
    /"cut": 2 of 3 nodes did not answer: 127\.0\.0\.1:1 \(.*ECONNREFUSED.*\), 127\.0\.0\.1:2/,
  );
  expect(ended.stderr).toMatch(/A key may live there until its TTL ends; say this again/);
});
