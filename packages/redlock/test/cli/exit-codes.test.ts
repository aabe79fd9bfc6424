import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startFleet, type Fleet } from "@quorate/testing";
import { scratchFolder } from "../support/scratch.ts";
import { redlock, start } from "./redlock-process.ts";

let fleet: Fleet;
let nodes: readonly string[];

beforeAll(async () => {
  fleet = await startFleet({ nodes: 3 });
  nodes = ["--durable-nodes", "--nodes", fleet.urls.join(",")];
});
afterAll(() => fleet.stop());

test.each([
  ["exit 0", 0],
  ["exit 3", 3],
  ["kill -KILL $$", 137],
  ["kill -TERM $$", 143],
])("a command that ends by %s gives exit code %d", async (script, exitCode) => {
  const ended = await redlock(["run", ...nodes, `ends-by-${exitCode}`, "--", "sh", "-c", script]);
  expect(ended).toEqual({ exitCode, stdout: "", stderr: "" });
  expect(await fleet.lockKeys()).not.toContainEqual(expect.objectContaining({ key: `ends-by-${exitCode}` }));
});

test("the command learns what it holds", async () => {
  const before = Date.now();
  const { stdout } = await redlock(["run", ...nodes, "env:1", "env:2", "--", "sh", "-c", "env"]);
  expect(stdout).toContain("REDLOCK_RESOURCE=env:1\nenv:2\n");
  expect(stdout).toMatch(/^REDLOCK_TOKEN=.{16,}$/m);
  expect(Number(/^REDLOCK_FENCING_TOKEN=(\d+)$/m.exec(stdout)![1])).toBeGreaterThanOrEqual(before * 1_000);
  const validUntilMs = Date.parse(/^REDLOCK_VALID_UNTIL=(.*)$/m.exec(stdout)![1]!);
  expect(validUntilMs).toBeGreaterThan(before + 25_000);
});

test("no shell stands between: arguments arrive as they are", async () => {
  const { stdout } = await redlock(["run", ...nodes, "args", "--", "printf", "%s|", "a b", "$HOME", "--", "-E"]);
  expect(stdout).toBe("a b|$HOME|--|-E|");
});

test("a lock that somebody else holds gives 75, or what -E says, and the command does not run", async () => {
  const holder = start(["run", ...nodes, "taken", "--", "sh", "-c", "echo in; exec sleep 20"]);
  await holder.saw(/in/);
  const refused = await redlock(["run", ...nodes, "--no-wait", "taken", "--", "echo", "ran"]);
  expect(refused).toMatchObject({ exitCode: 75, stdout: "" });
  expect(refused.stderr).toMatch(/"taken" is held by someone else \([\w.-]+:\d+\), at most .* s unless extended/);
  const waited = await redlock(["run", ...nodes, "--wait", "200ms", "-E", "9", "taken", "--", "echo", "ran"]);
  expect(waited).toMatchObject({ exitCode: 9, stdout: "" });
});

test("a waiting run starts when the lock is released", async () => {
  const holder = start(["run", ...nodes, "next", "--", "sh", "-c", "echo in; sleep 0.5"]);
  await holder.saw(/in/);
  const next = await redlock(["run", ...nodes, "--wait", "10s", "next", "--", "echo", "ran"]);
  expect(next).toMatchObject({ exitCode: 0, stdout: "ran\n" });
  expect((await holder.finished).exitCode).toBe(0);
});

test("too few nodes give 69, and the message names each with its reason", async () => {
  const lone = [fleet.urls[0], "127.0.0.1:1", "127.0.0.1:2"].join(",");
  const { exitCode, stderr } = await redlock(["run", "--nodes", lone, "--no-wait", "a", "--", "echo", "ran"]);
  expect(exitCode).toBe(69);
  expect(stderr).toContain("127.0.0.1:1, 127.0.0.1:2: disconnected");
});

test("a server named twice gives 78", async () => {
  // The third does not answer, so that both votes of the one server are needed.
  const twice = [fleet.urls[0], fleet.urls[0]!.replace("127.0.0.1", "localhost"), "127.0.0.1:1"].join(",");
  const ended = await redlock(["run", "--durable-nodes", "--nodes", twice, "a", "--", "echo", "ran"]);
  expect(ended).toMatchObject({ exitCode: 78, stdout: "" });
  expect(ended.stderr).toContain("are the same server");
});

test.each([
  ["/no/such/command", 127, "command not found"],
  ["/etc/passwd", 126, "EACCES"],
])("%s cannot be executed and gives %d, and the lock is released", async (command, exitCode, why) => {
  const ended = await redlock(["run", ...nodes, `exec-${exitCode}`, "--", command]);
  expect(ended.exitCode).toBe(exitCode);
  expect(ended.stderr).toContain(why);
  expect(await fleet.lockKeys()).not.toContainEqual(expect.objectContaining({ key: `exec-${exitCode}` }));
});

test.each([
  [[]],
  [["fly"]],
  [["run"]],
  [["run", "a"]],
  [["run", "--", "true"]],
  [["run", "--ttl", "30", "a", "--", "true"]],
  [["run", "--ttl", "5ms", "a", "--", "true"]],
  [["run", "--wait", "1s", "--no-wait", "a", "--", "true"]],
  [["run", "-E", "256", "a", "--", "true"]],
  [["run", "--shared", "--permits", "3", "a", "--", "true"]],
  [["run", "--weight", "2", "a", "--", "true"]],
  [["run", "--permits", "3", "--weight", "4", "a", "--", "true"]],
  [["run", "--permits", "0", "a", "--", "true"]],
  [["run", "--permits", "1025", "a", "--", "true"]],
  [["run", "--permits", "1.5", "a", "--", "true"]],
  [["run", "--permits", "3", "--weight", "0", "a", "--", "true"]],
  [["run", "--permits", "3", "a", "b", "--", "true"]],
  [["run", "--no-such-option", "a", "--", "true"]],
  [["run", "--nodes", "http://a:1", "a", "--", "true"]],
  [["inspect"]],
  [["release", "a"]],
  [["release", "a", "--force", "--token", "t"]],
  [["release", "a", "--token", "--force"]],
  [["release", "a", "--token"]],
])("%j is wrong usage and gives 64", async (args) => {
  const ended = await redlock(args);
  expect(ended).toMatchObject({ exitCode: 64, stdout: "" });
  expect(ended.stderr).toMatch(/^redlock: /);
});

test("a wrong command line is answered with what is wrong, and where the right one is told", async () => {
  const textOf = async (...args: readonly string[]) => (await redlock(args)).stderr;
  expect(await textOf()).toMatch(/^redlock: a COMMAND is missing\.\n\nredlock COMMAND \[options\]\n/);
  expect(await textOf("run", "--tll", "5s", "a", "--", "true")).toBe(
    "redlock: Unknown option '--tll'; did you mean --ttl?\n",
  );
  expect(await textOf("release", "a", "--token", "--force")).toBe(
    "redlock: Option '--token' argument is ambiguous; see redlock release --help.\n",
  );
});

test.each([
  [["--help"]],
  [["run", "--help"]],
  [["inspect", "-h"]],
  [["doctor", "--help"]],
  [["release", "--help"]],
  [["compose", "--help"]],
  [["help", "run"]],
])("%j tells how it is used, on stdout, in 80 columns", async (args) => {
  const ended = await redlock(args);
  expect(ended).toMatchObject({ exitCode: 0, stderr: "" });
  expect(Math.max(...ended.stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
});

test("a command that is nearly right is guessed, and the version is the package's", async () => {
  expect(await redlock(["doktor"])).toMatchObject({
    exitCode: 64,
    stderr: expect.stringContaining("did you mean doctor?"),
  });
  const { version } = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  for (const asked of ["--version", "-v"]) expect((await redlock([asked])).stdout).toBe(`${version}\n`);
});

test("compose prints the repository's docker-compose.yml", async () => {
  const file = await readFile(new URL("../../../../docker-compose.yml", import.meta.url), "utf8");
  expect((await redlock(["compose"])).stdout).toBe(file);
});

test("nodes come from --nodes, --config, REDLOCK_NODES, redlock.config.json, in this order", async () => {
  const cwd = await scratchFolder();
  const alive = fleet.urls.join(",");
  const dead = "127.0.0.1:1";
  const look = async (args: readonly string[], env: Record<string, string>) =>
    (await redlock(["inspect", "free", ...args], { cwd, env })).exitCode;
  const [here, there] = [join(cwd, "redlock.config.json"), join(cwd, "other.json")];
  await writeFile(here, JSON.stringify({ nodes: fleet.urls }));
  await writeFile(there, JSON.stringify({ nodes: [dead] }));
  expect(await look([], {})).toBe(0);
  expect(await look([], { REDLOCK_NODES: dead })).toBe(69);
  await writeFile(here, JSON.stringify({ nodes: [dead] }));
  expect(await look([], { REDLOCK_NODES: alive })).toBe(0);
  expect(await look(["--config", there], { REDLOCK_NODES: alive })).toBe(69);
  expect(await look(["--config", there, "--nodes", alive], { REDLOCK_NODES: dead })).toBe(0);
});

test.each([["{"], ["[]"], ['{"node": []}'], ['{"nodes": "a:1"}'], ['{"nodes": ["http://u:secret@a"]}']])(
  "the configuration file %s gives 78, and its secrets are not quoted",
  async (text) => {
    const cwd = await scratchFolder();
    await writeFile(join(cwd, "redlock.config.json"), text);
    const ended = await redlock(["inspect", "a"], { cwd });
    expect(ended.exitCode).toBe(78);
    expect(ended.stderr).not.toContain("secret");
  },
);
