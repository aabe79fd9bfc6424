/** The torture itself: that a short one leaves nothing behind, and that it sees what is wrong where something is. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test, vi } from "vitest";

import { torture } from "../src/torture/torture.ts";
import { processState } from "./processes/process-state.ts";

const path = (name: string): string => fileURLToPath(new URL(`./processes/${name}`, import.meta.url));

test.each(["SIGTERM", "SIGKILL"] as const)(
  "no user outlives a rig that %s ends, not even a stopped one",
  async (signal) => {
    const rig = spawn(process.execPath, [path("own-a-crew.mjs")], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(createInterface(rig.stdout), "line")) as [string];
    const { pids } = JSON.parse(line) as { pids: number[] };
    await vi.waitFor(() => expect(pids.map(processState)).toEqual(["stopped", "runs"]));
    rig.kill(signal);
    await vi.waitFor(() => expect(pids.map(processState)).toEqual(["gone", "gone"]), 15_000);
  },
);

test("a place where two start a user has one, and the crew ends it", async () => {
  const owner = spawn(process.execPath, [path("own-a-crew.mjs"), "finish"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(createInterface(owner.stdout), "line")) as [string];
  expect(JSON.parse(line).pids).toHaveLength(2);
  expect(await once(owner, "exit")).toEqual([0, null]);
}, 60_000);

test("seconds of torture leave no key, no process and nothing unhandled", async () => {
  const result = await torture({ durationMs: 2_500, seed: 11, userCount: 2 });
  expect(result).toMatchObject({ keysLeft: [], faults: [] });
  expect(result.grantedCount).toBeGreaterThan(0);
}, 120_000);

// Each goes on until it has seen it: a test that runs out of time has not.
test.each([
  ["without the restart guard two writers", "guard-off", [/^mutual exclusion: r\d: user\d\.\d+ got it at /]],
  [
    "of readers whom no writer meets a writer beside a reader",
    "readers-apart",
    [/^mutual exclusion: r\d \((?:shared, then exclusive|exclusive, then shared)\): /],
  ],
  [
    "of permits that each process gives out anew one number twice, and more than there are",
    "permits-apart",
    [/^mutual exclusion: r\d, permit \d.*: /, /^at most so many permits: r\d: \d of 3 permits at /],
  ],
] as const)(
  "%s are seen",
  async (_what, control, broken) => {
    const { breaches } = await torture({ durationMs: 1_000, seed: 3, control });
    for (const pattern of broken) expect(breaches).toContainEqual(expect.stringMatching(pattern));
  },
  120_000,
);
