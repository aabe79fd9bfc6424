import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Fleet } from "@quorate/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startGrownFleet } from "./support/grown-fleet.ts";
import { locksLeft } from "./support/left-locks.ts";
import { build, examplesFolder, runNode, type Run } from "./support/run.ts";

let fleet: Fleet;

beforeAll(async () => {
  [fleet] = await Promise.all([startGrownFleet(), build()]);
}, 120_000);

afterAll(() => fleet?.stop());

/** Example to what it prints. */
const lessons: Readonly<Record<string, RegExp | string>> = {
  "acquire-release": `held: true, more than four seconds left
held after the release: false
shipping under examples:orders:42
`,
  "using-with-signal": `imported 600 rows in 1.2 s under a TTL of 0.6 s
extended more than once: true
`,
  "try-once": `first: refreshing
second: somebody else is at it
third: refreshing
`,
  "wait-with-limit": `RESOURCE_LOCKED: examples:printer, free within its TTL: true
gave up: the user closed the tab
printing: true
`,
  "lost-lock": /^stopped after a few steps: true\nLOCK_LOST: The lock on "examples:migration" was lost: .*\n$/,
  "fencing-store": `next holder: written, the lock is held
paused holder: refused, the lock was lost meanwhile
stock: 9
`,
  endpoint: /^port \d+\na request has the lock\na request has the lock\n9 left\nrefused: a later holder has written\n$/,
  "at-most-k": `12 calls, never more than 3 at a time
`,
  bullmq: `5 invoices, 5 of them different
`,
  "cache-stampede": `20 requests answered, built 1 time
`,
  "cron-once": `machine 1: made the report
machine 2: somebody else makes it, or has
machine 3: somebody else makes it, or has
`,
  leader: `leading: true
route to http://10.0.0.7:8080
resigned
`,
  transfer: `alice 125, bob 75
`,
  "hand-over": `uploaded by the first process
first process: HANDED_OVER
indexed by the second process, same fencing token: true
`,
  reentrant: `tea added under token of the outer lock
still held: true
milk added under token of its own
`,
  decorator: `[ 'shipped', 'shipped already', 'shipped' ]
`,
  "metrics-prometheus": `redlock_acquired_total{redlock="billing"} 2
redlock_lost_total{redlock="billing"} 0
redlock_held_duration_seconds_count{redlock="billing"} 2
redlock_held_locks{redlock="billing"} 0
redlock_quorum{redlock="billing"} 3
names the resource: false
`,
  "metrics-opentelemetry": `redlock_acquired_total 1
redlock_held_locks 1
`,
  "traces-opentelemetry": `redlock.acquire ok
redlock.acquire RESOURCE_LOCKED
redlock.release ok
`,
  shutdown: /^(job begun\njob done, still held: true\n)*job begun\nSIGTERM\njob done, still held: true\nclosed\n$/,
  // Node 20 writes TAP here, later versions what they write on a terminal.
  "test-an-app": /^(?:#|ℹ) pass 3\n(?:#|ℹ) fail 0$/m,
};

/** One request that is paused, and one while it is. */
function useEndpoint(output: string, signal: (name: NodeJS.Signals) => void): void {
  const [, port, then] = /^port (\d+)\n(.*)$/s.exec(output) ?? [];
  const ask = (pauseMs: number) => void fetch(`http://127.0.0.1:${port}/?pause=${pauseMs}`).catch(() => {});
  if (then === "") ask(1_500);
  if (then === "a request has the lock\n") ask(0);
  if (then?.endsWith("written\n")) signal("SIGTERM");
}

function runExample(name: string): Promise<Run> {
  return runNode([join(examplesFolder, "dist", `${name}.js`)], {
    env: { REDLOCK_NODES: fleet.urls.join(",") },
    onOutput(output, signal) {
      if (name === "leader" && output.endsWith(":8080\n")) signal("SIGTERM");
      if (name === "endpoint") useEndpoint(output, signal);
      if (name === "shutdown" && output.endsWith("job begun\n")) signal("SIGTERM");
    },
  });
}

/** They tell their stories by pauses of tenths of a second: where a process stands still for longer, it is another story. */
const mostTellings = 4;

test.each(Object.entries(lessons))(
  "the example %s prints what it teaches, and ends",
  async (name, printed) => {
    const isTold = (output: string): boolean =>
      typeof printed === "string" ? output === printed : printed.test(output);
    let { code, output } = await runExample(name);
    for (let telling = 2; !isTold(output) && telling <= mostTellings; telling++) {
      ({ code, output } = await runExample(name));
    }
    expect(output).toEqual(typeof printed === "string" ? printed : expect.stringMatching(printed));
    expect(code).toBe(0);
  },
  60_000,
);

test("the examples leave no lock behind, and no key for longer than its TTL", async () => {
  expect(await locksLeft(fleet)).toEqual([]);
  await expect.poll(() => fleet.lockKeys()).toEqual([]);
});

test("every example is run here", async () => {
  const apart = ["nodes.ts", "database.ts"];
  const files = await readdir(examplesFolder);
  const names = files.filter((file) => file.endsWith(".ts") && !apart.includes(file)).map((file) => file.slice(0, -3));
  expect(names.sort()).toEqual(Object.keys(lessons).sort());
});
