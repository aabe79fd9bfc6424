import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { findClockShim, startFleet } from "@quorate/testing";
import { redlock, start } from "./redlock-process.ts";

const shim = await findClockShim();

interface Finding {
  readonly severity: string;
  readonly code: string;
  readonly nodes: readonly string[];
  readonly problem: string;
  readonly remedy: string;
  readonly commands?: readonly string[];
}

interface Report {
  readonly exitCode: number | null;
  readonly findings: readonly Finding[];
  readonly nodes: readonly Record<string, unknown>[];
  readonly guard: { readonly unknownNodes: readonly string[] };
}

async function examine(urls: readonly string[], ...args: readonly string[]): Promise<Report> {
  const { exitCode, stdout, stderr } = await redlock(["doctor", "--json", "--nodes", urls.join(","), ...args]);
  if (stdout === "") throw new Error(stderr);
  return { exitCode, ...(JSON.parse(stdout) as Omit<Report, "exitCode">) };
}

function find({ findings }: Report, code: string): Finding | undefined {
  return findings.find((finding) => finding.code === code);
}

const nameOf = (url: string): string => new URL(url).host;

const durable = { appendonly: "yes", appendfsync: "always", "no-appendfsync-on-rewrite": "no" };

test("nodes that sync every write, as asserted, give nothing but notices, and exit code 0", async () => {
  await using fleet = await startFleet({ nodes: 3, server: { config: durable } });
  const report = await examine(fleet.urls, "--durable-nodes");
  expect(report.exitCode).toBe(0);
  expect(report.findings.map(({ severity, code }) => [severity, code])).toEqual([["notice", "SAME_MACHINE"]]);
  expect(report.nodes[0]).toMatchObject({
    reachable: true,
    role: "master",
    persistence: "always",
    evictionPolicy: "noeviction",
    maxMemoryBytes: 0,
    server: expect.stringMatching(/^(redis|valkey) \d/),
  });
});

test("durable nodes that are asserted and are not are an error", async () => {
  await using fleet = await startFleet({
    nodes: [
      { config: durable },
      { config: { ...durable, "no-appendfsync-on-rewrite": "yes" } },
      { config: { ...durable, appendfsync: "everysec" } },
    ],
  });
  const report = await examine(fleet.urls, "--durable-nodes");
  expect(report.exitCode).toBe(2);
  const wrong = report.findings.filter(({ code }) => code === "NOT_DURABLE");
  expect(wrong.map(({ nodes }) => nodes)).toEqual([[nameOf(fleet.urls[2]!)], [nameOf(fleet.urls[1]!)]]);
});

test("a server that is named twice is an error that names both", async () => {
  await using fleet = await startFleet({ nodes: 2 });
  const twice = [...fleet.urls, fleet.urls[0]!.replace("127.0.0.1", "localhost")];
  const report = await examine(twice);
  expect(report.exitCode).toBe(2);
  expect(find(report, "SAME_SERVER")?.nodes).toEqual([nameOf(twice[0]!), nameOf(twice[2]!)]);
});

test("a replica is an error, and its master is warned about", async () => {
  await using fleet = await startFleet({ nodes: 3 });
  await fleet.node(2).becomeReplicaOf(fleet.node(0));
  const report = await examine(fleet.urls);
  expect(report.exitCode).toBe(2);
  expect(find(report, "REPLICA")?.nodes).toEqual([nameOf(fleet.urls[2]!)]);
  expect(find(report, "HAS_REPLICAS")?.nodes).toEqual([nameOf(fleet.urls[0]!)]);
  await fleet.node(2).promote();
  expect(find(await examine(fleet.urls), "PROMOTED_REPLICA")?.nodes).toEqual([nameOf(fleet.urls[2]!)]);
});

test("volatile-lru with a memory limit is an error, without one a notice", async () => {
  const lru = { "maxmemory-policy": "volatile-lru" };
  await using fleet = await startFleet({ nodes: [{ config: { ...lru, maxmemory: "100mb" } }, { config: lru }, {}] });
  const report = await examine(fleet.urls);
  expect(report.exitCode).toBe(2);
  expect(find(report, "EVICTING")).toMatchObject({ severity: "error", nodes: [nameOf(fleet.urls[0]!)] });
  expect(find(report, "EVICTING")?.commands?.[0]).toContain("CONFIG SET maxmemory-policy noeviction");
  expect(find(report, "EVICTION_POLICY")).toMatchObject({ severity: "notice", nodes: [nameOf(fleet.urls[1]!)] });
});

test("no persistence is a notice with the restart guard, as the operations page recommends, and an error without", async () => {
  await using fleet = await startFleet({ nodes: 3 });
  const guarded = await examine(fleet.urls, "--ttl", "10s");
  expect(find(guarded, "NO_PERSISTENCE")).toMatchObject({ severity: "notice", nodes: fleet.urls.map(nameOf) });
  expect(guarded.findings.filter(({ severity, code }) => severity === "warning" && code !== "SLOW")).toEqual([]);
  const unguarded = await examine(fleet.urls, "--restart-guard", "0");
  expect(find(unguarded, "NO_PERSISTENCE")).toMatchObject({ severity: "error" });
});

test("a node whose clock is 10 s off is named, and nothing is wrong with the others", async ({ skip }) => {
  skip(!shim.available, "no C compiler here for servers with clocks of their own");
  await using fleet = await startFleet({ nodes: 3, server: { clock: true, ageMs: 60_000 } });
  fleet.node(1).clock!.jump(-10_000);
  const report = await examine(fleet.urls);
  expect(report.exitCode).toBe(1);
  expect(find(report, "CLOCK_OFF")).toMatchObject({ severity: "warning", nodes: [nameOf(fleet.urls[1]!)] });
  expect(find(report, "CLOCK_OFF")?.problem).toMatch(/(9\.9|10) s behind/);
  expect(find(await examine(fleet.urls, "--ttl", "5s"), "CLOCK_OFF")).toMatchObject({ severity: "error" });
  // Two that were set wrong by one hand outvote the third, which this machine's clock bears out.
  fleet.node(2).clock!.jump(-10_000);
  const two = await examine(fleet.urls);
  expect(two.findings.filter(({ code }) => code.endsWith("CLOCK_OFF")).map(({ nodes }) => nodes)).toEqual(
    [1, 2].map((node) => [nameOf(fleet.urls[node]!)]),
  );
});

test("a user without INFO is a warning that says what the restart guard cannot know", async () => {
  const user = { name: "locker", password: "pw", rules: "~* &* +@all -info -config" };
  await using fleet = await startFleet({ nodes: [{ user }, {}, {}] });
  const report = await examine(fleet.urls);
  const lacking = nameOf(fleet.urls[0]!);
  expect(find(report, "MISSING_RIGHT")).toMatchObject({ severity: "warning", nodes: [lacking] });
  expect(find(report, "MISSING_RIGHT")?.commands?.[0]).toContain("ACL SETUSER locker +info");
  expect(find(report, "PERSISTENCE_UNKNOWN")?.nodes).toEqual([lacking]);
  expect(report.guard.unknownNodes).toEqual([lacking]);
});

test.each([
  ["+@all -eval", "EVAL"],
  ["+@all -evalsha", "EVALSHA"],
  ["+@all -pexpire", "PEXPIRE"],
  ["+@all -set", "SET"],
  ["+@all -publish", "PUBLISH"],
  ["+@all -subscribe", "SUBSCRIBE"],
])("a user with %s lacks %s, and nothing else is claimed", async (rules, command) => {
  await using fleet = await startFleet({
    nodes: [{ user: { name: "locker", password: "pw", rules: `~* &* ${rules}` } }],
  });
  const { findings } = await examine(fleet.urls, "any");
  const missing = findings.filter(({ code }) => code === "MISSING_RIGHT");
  expect(missing.map(({ problem }) => /the right to (\S+)/.exec(problem)?.[1])).toEqual([command]);
  expect(await fleet.node(0).keys()).toEqual([]);
});

test("keys and channels that the user may not touch are found for the resources named", async () => {
  const user = { name: "locker", password: "pw", rules: "~orders:* &news +@all" };
  await using fleet = await startFleet({ nodes: [{ user }] });
  const { findings } = await examine(fleet.urls, "orders:1");
  const missing = findings.filter(({ code }) => code === "MISSING_RIGHT");
  // The lock key is permitted; the fence key beside it is not.
  expect(missing.map(({ problem }) => /the right to (\S+)/.exec(problem)?.[1])).toEqual(["keys", "channels"]);
});

test("an old run that still holds is found, with its process, by a scan and by name", async () => {
  await using fleet = await startFleet({ nodes: 3 });
  const run = start([
    "run",
    "--durable-nodes",
    "--nodes",
    fleet.urls.join(","),
    "nightly",
    "--",
    "sh",
    "-c",
    "echo in; exec sleep 20",
  ]);
  await run.saw(/in/);
  expect(find(await examine(fleet.urls), "HELD_LONG")).toBeUndefined();
  for (const resources of [[], ["nightly"]]) {
    const report = await examine(fleet.urls, "--held-over", "10ms", ...resources);
    expect(find(report, "HELD_LONG")).toMatchObject({ severity: "warning", nodes: fleet.urls.map(nameOf) });
    expect(find(report, "HELD_LONG")?.problem).toMatch(/"nightly" has been held by [\w.-]+:\d+ for/);
    expect(find(report, "HELD_LONG")?.remedy).toContain(`kill ${run.child.pid}`);
    expect(find(report, "HELD_LONG")?.commands?.[0]).toContain("redlock release --force --nodes 127.0.0.1:");
  }
});

test("of readers who come and go, one that has held for long is named", async () => {
  await using fleet = await startFleet({ nodes: 1 });
  const node = fleet.node(0);
  const nowMs = Date.now();
  await node.command("SET", "read", "shared 1", "PX", "60000");
  await node.command("SET", "{read}:fence", String(nowMs * 1_000), "PX", "60000");
  for (const [label, ageMs] of [
    ["stuck", 3_600_000],
    ["fresh", 1_000],
  ] as const) {
    const token = `random-${label}:${(nowMs - ageMs) * 1_000}:${label}`;
    await node.command("ZADD", "{read}:holders", String(nowMs + 60_000), token);
  }
  for (const resources of [[], ["read"]]) {
    const { findings } = await examine(fleet.urls, ...resources);
    const long = findings.filter(({ code }) => code === "HELD_LONG");
    expect(long.map(({ problem }) => problem)).toEqual([expect.stringMatching(/^"read" has been held by stuck for /)]);
  }
});

test("a lock key without a TTL is an error", async () => {
  await using fleet = await startFleet({ nodes: 1 });
  await fleet.node(0).command("SET", "stuck", "token");
  expect(find(await examine(fleet.urls, "stuck"), "NO_TTL")).toMatchObject({ severity: "error" });
});

test("unreachable nodes are a warning while a quorum answers, and an error from then on", async () => {
  await using fleet = await startFleet({ nodes: 2 });
  expect(find(await examine([...fleet.urls, "127.0.0.1:1"]), "UNREACHABLE")).toMatchObject({
    severity: "warning",
    nodes: ["127.0.0.1:1"],
  });
  const blocked = await examine([fleet.urls[0]!, "127.0.0.1:1", "127.0.0.1:2"]);
  expect(blocked.exitCode).toBe(2);
  // Away for the same reason: one finding.
  expect(blocked.findings.filter(({ code }) => code === "UNREACHABLE")).toMatchObject([
    { nodes: ["127.0.0.1:1", "127.0.0.1:2"], problem: expect.stringContaining("no lock can be taken") },
  ]);
  expect(find(await examine([...fleet.urls, ...fleet.urls]), "EVEN_NODE_COUNT")).toBeDefined();
});

test("a node that stands still is told as unreachable, with what to do, within 5 s", async () => {
  const user = { name: "locker", password: "pw", rules: "~* &* +@all" };
  await using fleet = await startFleet({ nodes: [{}, { user }, {}] });
  await fleet.node(0).pause();
  await fleet.node(1).pause();
  const startedAt = performance.now();
  const report = await examine(fleet.urls);
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  expect(find(report, "UNREACHABLE")).toMatchObject({
    severity: "error",
    nodes: fleet.urls.slice(0, 2).map(nameOf),
    problem: expect.stringContaining("no answer to the first question within 2000 ms"),
    remedy: expect.stringContaining("stands still"),
  });
});

test("what refuses every write is an error, whatever its kind", async () => {
  await using fleet = await startFleet({
    nodes: [{}, { config: { "min-replicas-to-write": "1" } }, {}],
  });
  await fleet.node(0).fillMemory();
  const report = await examine(fleet.urls);
  expect(find(report, "MEMORY_FULL")).toMatchObject({ severity: "error", nodes: [nameOf(fleet.urls[0]!)] });
  expect(find(report, "WRITES_REFUSED")).toMatchObject({ severity: "error", nodes: [nameOf(fleet.urls[1]!)] });
  expect(find(report, "WRITES_REFUSED")?.problem).toContain("NOREPLICAS");
});

test("the commands of its remedies work as they stand", async () => {
  const user = { name: "locker", password: "pw", rules: "~orders:* &* +@all -info -publish" };
  const config = { "maxmemory-policy": "allkeys-lru", maxmemory: "100mb", timeout: "60", "min-replicas-to-write": "1" };
  await using fleet = await startFleet({ nodes: [{ config, user }, {}, {}] });
  const before = await examine(fleet.urls, "--restart-guard", "0", "orders:1");
  const seen = await examine(
    [fleet.urls[0]!.replace("locker:pw@", ""), ...fleet.urls.slice(1)],
    "--restart-guard",
    "0",
  );
  const lines = [before, seen].flatMap(({ findings }) => findings.flatMap(({ commands = [] }) => commands));
  expect(lines.length).toBeGreaterThan(6);
  for (const line of lines) expect([line, await shell(line)]).toEqual([line, "OK\n"]);
  for (const args of [[], ["--key-prefix", "orders:"]]) {
    const after = await examine(fleet.urls, "--durable-nodes", ...args, ...(args.length === 0 ? ["orders:1"] : []));
    expect(after.findings.filter(({ severity }) => severity !== "notice")).toEqual([]);
  }
});

test("a lock that is taken away by the command offered is gone", async () => {
  await using fleet = await startFleet({ nodes: 1 });
  await fleet.node(0).command("SET", "it's stuck", "token");
  const [line] = find(await examine(fleet.urls, "it's stuck"), "NO_TTL")!.commands!;
  const own = `node ${fileURLToPath(new URL("../../dist/bin/cli/main.js", import.meta.url))}`;
  expect(await shell(`${line!.replace("npx redlock", own)} --yes --durable-nodes`)).toContain("Released");
  expect(await fleet.node(0).keys()).not.toContain("it's stuck");
});

test("no TTL is made up: without one doctor says from which TTL on a young or slow node does not count", async () => {
  await using fleet = await startFleet({ nodes: 3 });
  const young = find(await examine(fleet.urls), "QUARANTINED");
  expect(young).toMatchObject({ severity: "warning", problem: expect.stringContaining("Name your TTL") });
  expect(find(await examine(fleet.urls, "--ttl", "30s"), "QUARANTINED")).toMatchObject({ severity: "error" });
});

test("how old a memory is, and why, comes from its record: a server that has run for long and was flushed is young", async ({
  skip,
}) => {
  skip(!shim.available, "no C compiler here for servers with clocks of their own");
  await using fleet = await startFleet({ nodes: 3, server: { ageMs: 3_600_000 } });
  expect(find(await examine(fleet.urls, "--ttl", "30s"), "QUARANTINED")).toBeUndefined();
  for (const index of [0, 1]) await fleet.node(index).flushAll();
  const flushed = find(await examine(fleet.urls, "--ttl", "30s"), "QUARANTINED");
  expect(flushed).toMatchObject({
    severity: "error",
    problem: expect.stringMatching(/^New to locks, or flushed, less/),
  });
  expect(flushed!.nodes).toHaveLength(2);
  await fleet.node(2).restart({ keepData: true });
  const { findings } = await examine(fleet.urls, "--ttl", "30s");
  const young = findings.filter(({ code }) => code === "QUARANTINED");
  // One finding for each cause.
  expect(new Set(young.map(({ problem }) => problem.split(" ")[0]))).toEqual(new Set(["New", "Restarted"]));
});

/** Run as an operator would paste it, and all that it prints. */
function shell(line: string): Promise<string> {
  return new Promise((resolve) => {
    execFile("sh", ["-c", line], (_error, stdout, stderr) => resolve(stdout + stderr));
  });
}

test("for people every line fits 80 columns, without colour where there is no terminal", async () => {
  await using fleet = await startFleet({ nodes: 2 });
  const { stdout } = await redlock(["doctor", "--nodes", fleet.urls.join(",")]);
  expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(stdout).not.toContain("\u001B[");
  expect(stdout).toContain("Restart guard:");
});
