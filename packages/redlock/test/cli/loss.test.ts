import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findClockShim, startFleet } from "@quorate/testing";
import { connectTo } from "../support/connect-to.ts";
import { atSomePace, TooBusy } from "../support/pace.ts";
import { scratchFolder } from "../support/scratch.ts";
import { isGroupAlive, untilGone } from "./process-group.ts";
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

test("a majority that dies and comes back empty: the whole command has ended before another can hold", async ({
  skip,
}) => {
  skip(!shim.available, "no C compiler here, so no server seems old enough to be trusted");
  await atSomePace([1_500, 6_000], async (ttlMs) => {
    await using fleet = await startFleet({ nodes: 3, server: { ageMs: 60_000 } });
    const file = join(await scratchFolder(), "beat");
    const options = ["--ttl", `${ttlMs}ms`, "--grace", `${ttlMs / 5}ms`, "--nodes", fleet.urls.join(",")];
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
      const lateMs = (await lastBeatMs(`${file}.${who}`)) - lock.acquiredAt.getTime();
      if (lateMs >= 0) throw new TooBusy(`the ${who} ended ${lateMs} ms late`);
    }
  });
}, 60_000);

test("a majority that hangs: the command is told in time to end by itself, within its validity", () =>
  atSomePace([1_000, 5_000], async (ttlMs) => {
    await using fleet = await startFleet({ nodes: 3 });
    const script = `trap 'echo told $(date +%s%N); exit 0' TERM; echo ready; while :; do sleep 0.01; done`;
    const graceMs = 0.3 * ttlMs;
    const times = ["--ttl", `${ttlMs}ms`, "--grace", `${graceMs}ms`];
    const options = ["--durable-nodes", ...times, "--nodes", fleet.urls.join(",")];
    const run = start(["run", ...options, "job", "--", "sh", "-c", script]);
    await run.saw(/ready/);
    await Promise.all([fleet.node(0).pause(), fleet.node(1).pause()]);
    const latestEndMs = Date.now() + ttlMs;
    const toldMs = Number((await run.saw(/told (\d+)/))[1]) / 1e6;
    const { exitCode } = await run.finished;
    expect(exitCode).toBe(70);
    // At least the grace is left, whatever the last extension that was confirmed.
    if (toldMs >= latestEndMs - graceMs) throw new TooBusy(`told ${latestEndMs - toldMs} ms before the end`);
  }));

test("a lock that is taken away by force ends its command at the next extension", async () => {
  await using fleet = await startFleet({ nodes: 3 });
  const options = ["--durable-nodes", "--nodes", fleet.urls.join(",")];
  const run = start(["run", ...options, "--ttl", "3s", "job", "--", "sh", "-c", "echo in; exec sleep 20"]);
  await run.saw(/in/);
  expect(await redlock(["release", ...options, "job", "--force", "--yes"])).toMatchObject({ exitCode: 0 });
  expect(await run.finished).toMatchObject({ exitCode: 70, stderr: expect.stringContaining("someone else's") });
});

test("redlock that is killed during the grace: what is left of the command is killed when the grace would have ended", () =>
  atSomePace([1_200, 5_000], async (graceMs) => {
    await using fleet = await startFleet({ nodes: 3 });
    const file = join(await scratchFolder(), "beat");
    const nodes = ["--durable-nodes", "--nodes", fleet.urls.join(",")];
    const times = ["--ttl", `${2.5 * graceMs}ms`, "--grace", `${graceMs}ms`];
    const script = stubborn.replace("''", "'echo told $(date +%s%N)'");
    const run = start(["run", ...nodes, ...times, "job", "--", "sh", "-c", script, file]);
    const groupId = Number((await run.saw(/group (\d+)/))[1]);
    await redlock(["release", ...nodes, "job", "--force", "--yes"]);
    const toldMs = Number((await run.saw(/told (\d+)/))[1]) / 1e6;
    await new Promise((resolve) => setTimeout(resolve, toldMs + 0.6 * graceMs - Date.now()));
    run.signal("SIGKILL");
    await untilGone(groupId);
    const livedMs = (await lastBeatMs(`${file}.child`)) - toldMs;
    if (livedMs > 1.3 * graceMs)
      throw new TooBusy(`lived for ${livedMs} ms after SIGTERM, with a grace of ${graceMs} ms`);
    expect(livedMs).toBeGreaterThan(0.65 * graceMs);
  }));

test("one node of three that dies costs the command nothing", () =>
  atSomePace([1_500, 8_000], async (ttlMs) => {
    await using fleet = await startFleet({ nodes: 3 });
    const options = ["--durable-nodes", "--ttl", `${ttlMs}ms`, "--nodes", fleet.urls.join(",")];
    const run = start(["run", ...options, "job", "--", "sh", "-c", `echo in; sleep ${(1.6 * ttlMs) / 1_000}`]);
    await run.saw(/in/);
    await fleet.node(2).kill();
    const { exitCode, stderr } = await run.finished;
    if (exitCode === 70) throw new TooBusy(stderr);
    expect(exitCode).toBe(0);
  }));
