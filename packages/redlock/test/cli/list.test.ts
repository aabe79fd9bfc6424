import { afterAll, beforeAll, expect, test } from "vitest";
import { startFleet, type Fleet } from "@quorate/testing";
import { connectTo } from "../support/connect-to.ts";
import { until } from "../support/until.ts";
import { redlock, start } from "./redlock-process.ts";

let fleet: Fleet;
let nodes: readonly string[];
beforeAll(async () => {
  fleet = await startFleet({ nodes: 3 });
  nodes = ["--nodes", fleet.urls.join(",")];
});
afterAll(() => fleet.stop());

interface Listed {
  readonly nodes: readonly { readonly failure: string | null }[];
  readonly locks: readonly Record<string, unknown>[];
}

test("list shows what a quorum holds, by whom, who waits, and what only some nodes know", async () => {
  await using holder = connectTo(fleet.urls, { label: "the holder" });
  await using other = connectTo(fleet.urls);
  await using lock = await holder.acquire("held", 30_000);
  const waiting = other.acquire("held", 30_000, { waitMs: 30_000 });
  await fleet.node(0).command("SET", "stray", "somebody's", "PX", "20000");
  await fleet.node(0).command("SET", "{stray}:fence", "17", "PX", "20000");
  const listed = async (): Promise<Listed> =>
    JSON.parse((await redlock(["list", ...nodes, "--json"])).stdout) as Listed;
  await until(async () => (await listed()).locks[0]?.["waiting"] === 1, 10_000);
  expect(await listed()).toMatchObject({
    nodes: [{ failure: null }, { failure: null }, { failure: null }],
    locks: [
      { resource: "held", isHeld: true, label: "the holder", holder: lock.token.slice(0, 8), nodeCount: 3 },
      { resource: "stray", isHeld: false, nodeCount: 1 },
    ],
  });
  const { stdout, exitCode } = await redlock(["list", ...nodes]);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^held +the holder +.{8}… +3\/3 +\d+(\.\d)? s +1$/m);
  expect(stdout).not.toContain(lock.token.slice(0, 12));
  expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  await lock.release();
  await (await waiting).release();
});

test("watch without a terminal prints a line for each thing that happens, and ends by SIGINT with 0", async () => {
  await using holder = connectTo(fleet.urls, { label: "one" });
  const watch = start(["watch", "--every", "200ms", ...nodes]);
  const lock = await holder.acquire("watched", 30_000);
  await watch.saw(/"watched" is held by one \(.{8}…\)/);
  const next = holder.acquire("watched", 30_000, { label: "two" });
  await lock.release();
  const second = await next;
  await watch.saw(/"watched" went from one \(.{8}…\) to two/);
  await fleet.node(2).kill();
  await watch.saw(/127\.0\.0\.1:\d+ does not answer: connect ECONNREFUSED/);
  await fleet.node(2).restart({ keepData: false });
  await watch.saw(/answers again/);
  await second.release();
  await watch.saw(/"watched" is no longer held by two/);
  watch.signal("SIGINT");
  expect((await watch.finished).exitCode).toBe(0);
});
