import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findClockShim, startFleet } from "@quorate/testing";
import { connectTo } from "../support/connect-to.ts";
import { isGroupAlive } from "./process-group.ts";
import { redlock, start } from "./redlock-process.ts";

const shim = await findClockShim();

/** Writes the time, in ns, again and again: a command and what it has started, both deaf to SIGTERM. */
const stubborn = `trap '' TERM
beat() { while :; do date +%s%N >> "$1"; sleep 0.01; done; }
beat "$0.grandchild" &
echo group $$
beat "$0.child"`;

async function lastBeatMs(file: string): Promise<number> {
  const beats = (await readFile(file, "utf8"))
    .trim()
    .split("\n")
    .filter((beat) => beat.length === 19);
  return Number(beats.at(-1)) / 1e6;
}

test.skipIf(!shim.available)(
  "a majority that dies and comes back empty: the whole command has ended before another can hold",
  async () => {
    const ttlMs = 1_500;
    await using fleet = await startFleet({ nodes: 3, server: { ageMs: 60_000 } });
    const file = join(await mkdtemp(join(tmpdir(), "redlock-loss-")), "beat");
    const options = ["--ttl", `${ttlMs}ms`, "--grace", "300ms", "--nodes", fleet.urls.join(",")];
    const run = start(["run", ...options, "job", "--", "sh", "-c", stubborn, file]);
    const groupId = Number((await run.saw(/group (\d+)/))[1]);
    await Promise.all([fleet.node(0).restart({ keepData: false }), fleet.node(1).restart({ keepData: false })]);

    await using other = connectTo(fleet.urls, { restartGuardMs: ttlMs, waitMs: 15_000 });
    const lock = await other.acquire("job", ttlMs);
    const { exitCode, stderr } = await run.finished;
    expect(exitCode).toBe(70);
    expect(stderr).toContain('The lock on "job" was lost');
    expect(isGroupAlive(groupId)).toBe(false);
    for (const who of ["child", "grandchild"]) {
      expect(await lastBeatMs(`${file}.${who}`)).toBeLessThan(lock.acquiredAt.getTime());
    }
  },
);

test("a majority that hangs: the command is told in time to end by itself, within its validity", async () => {
  await using fleet = await startFleet({ nodes: 3 });
  const script = `trap 'echo told $(date +%s%N); exit 0' TERM; echo ready; while :; do sleep 0.01; done`;
  const options = ["--durable-nodes", "--ttl", "1s", "--grace", "300ms", "--nodes", fleet.urls.join(",")];
  const run = start(["run", ...options, "job", "--", "sh", "-c", script]);
  await run.saw(/ready/);
  await Promise.all([fleet.node(0).pause(), fleet.node(1).pause()]);
  const latestEndMs = Date.now() + 1_000;
  const toldMs = Number((await run.saw(/told (\d+)/))[1]) / 1e6;
  const { exitCode } = await run.finished;
  expect(exitCode).toBe(70);
  // At least the grace is left, whatever the last extension that was confirmed.
  expect(toldMs).toBeLessThan(latestEndMs - 300);
});

test("a lock that is taken away by force ends its command at the next extension", async () => {
  await using fleet = await startFleet({ nodes: 3 });
  const options = ["--durable-nodes", "--nodes", fleet.urls.join(",")];
  const run = start(["run", ...options, "--ttl", "3s", "job", "--", "sh", "-c", "echo in; exec sleep 20"]);
  await run.saw(/in/);
  expect(await redlock(["release", ...options, "job", "--force", "--yes"])).toMatchObject({ exitCode: 0 });
  expect(await run.finished).toMatchObject({ exitCode: 70, stderr: expect.stringContaining("someone else's") });
});

test("one node of three that dies costs the command nothing", async () => {
  await using fleet = await startFleet({ nodes: 3 });
  const options = ["--durable-nodes", "--ttl", "1500ms", "--nodes", fleet.urls.join(",")];
  const run = start(["run", ...options, "job", "--", "sh", "-c", "echo in; sleep 2.5"]);
  await run.saw(/in/);
  await fleet.node(2).kill();
  expect(await run.finished).toMatchObject({ exitCode: 0 });
});
