/** What somebody at a terminal sees. The terminal is made by script(1), of util-linux; without it nothing is tested. */
import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startFleet, type Fleet } from "@quorate/testing";
import { connectTo, type TestRedlock } from "../support/connect-to.ts";
import { until } from "../support/until.ts";
import { startOnTerminal, type StartOptions } from "./redlock-process.ts";

const hasScript = /util-linux/.test(String(spawnSync("script", ["--version"]).stdout));

describe("on a terminal", () => {
  beforeEach(({ skip }) => skip(!hasScript, "no script(1) of util-linux here"));

  let fleet: Fleet;
  let holder: TestRedlock;
  let options: StartOptions;

  beforeAll(async () => {
    fleet = await startFleet({ nodes: 3 });
    holder = connectTo(fleet.urls);
    options = { env: { REDLOCK_NODES: fleet.urls.join(","), TERM: "xterm" } };
  });
  afterAll(async () => {
    await holder.close();
    await fleet.stop();
  });

  test("of 80 columns, inspect has colour, and no line is longer", async () => {
    await holder.acquire("seen", 30_000);
    const { stdout } = await startOnTerminal(["inspect", "seen"], 80, options).finished;
    expect(stdout).toContain("\u001B[33mheld by");
    expect(Math.max(...lines(stdout).map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(lines(stdout).filter((line) => /127\.0\.0\.1:\d+ +.{8}… +\d+(\.\d)? s +\d{16} +0$/.test(line)).length).toBe(
      3,
    );
  });

  test("that does not know its size, nothing is cut", async () => {
    await holder.acquire("sized", 30_000);
    const { stdout } = await startOnTerminal(["inspect", "sized"], 0, options).finished;
    expect(stdout).toContain("WAITING");
  });

  test("NO_COLOR and TERM=dumb are respected", async () => {
    for (const env of [{ NO_COLOR: "1" }, { TERM: "dumb" }]) {
      const { stdout } = await startOnTerminal(["inspect", "seen"], 80, { env: { ...options.env, ...env } }).finished;
      expect(stdout).toContain('"seen": held by');
      expect(stdout).not.toContain("\u001B[");
    }
  });

  test("watch redraws one view in place, with what happened last below it", async () => {
    const watch = startOnTerminal(["watch", "--every", "200ms"], 80, options);
    await watch.saw(/3 of 3 nodes answered/);
    const lock = await holder.acquire("viewed", 30_000);
    await watch.saw(/\d\d:\d\d:\d\d  "viewed" is held by/);
    await lock.release();
    await watch.saw(/"viewed" is no longer held/);
    expect(watch.stdout).not.toContain(String.raw`\u001b`);
    expect(watch.stdout.split("\u001B[H\u001B[J").length).toBeGreaterThan(2);
    watch.type("\u0003");
    expect((await watch.finished).exitCode).toBe(0);
  });

  test("--watch redraws one table in place, and ends by Ctrl-C with 0", async () => {
    const watch = startOnTerminal(["inspect", "watched", "--watch", "--every", "100ms"], 80, options);
    await watch.saw(/free/);
    const lock = await holder.acquire("watched", 30_000);
    await watch.saw(/held by/);
    await lock.release();
    expect(watch.stdout.split("\u001B[H\u001B[J").length).toBeGreaterThan(2);
    // Who looks at it over a line that hangs must see how old it is.
    expect(watch.stdout).toMatch(/as of \d\d:\d\d:\d\d, every 100 ms; Ctrl-C ends/);
    watch.type("\u0003");
    expect((await watch.finished).exitCode).toBe(0);
  });

  test("release --force shows the holder and asks: n changes nothing, y releases", async () => {
    const lock = await holder.acquire("asked", 30_000);
    const kept = startOnTerminal(["release", "asked", "--force"], 80, options);
    await kept.saw(/Take the lock away from its holder\? \[y\/N\]/);
    expect(kept.stdout).toContain(lock.token.slice(0, 8));
    kept.type("n\n");
    expect(await kept.finished).toMatchObject({ exitCode: 1, stdout: expect.stringContaining("Nothing was changed.") });
    expect((await holder.inspect("asked")).verdict).toBe("held");
    const released = startOnTerminal(["release", "asked", "--force"], 80, options);
    await released.saw(/\[y\/N\]/);
    released.type("y\n");
    expect(await released.finished).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("on 3 of 3 nodes") });
  });

  test("run says that it waits, for whom or for what, and Ctrl-C ends the waiting", async () => {
    await holder.acquire("busy", 30_000);
    const waiting = startOnTerminal(["run", "--wait", "1m", "busy", "--", "true"], 80, options);
    await waiting.saw(/held by someone else; waiting up to 1 min\.\.\./);
    waiting.type("\u0003");
    expect((await waiting.finished).exitCode).toBe(130);
    const nobody = startOnTerminal(["run", "--nodes", "127.0.0.1:1,127.0.0.1:2", "busy", "--", "true"], 80, options);
    await nobody.saw(/no quorum of nodes; trying up to 10 s\.\.\./);
    nobody.type("\u0003");
    expect((await nobody.finished).exitCode).toBe(130);
  });

  test("Ctrl-C reaches the command of run through redlock, and the lock is released", async () => {
    const script = "trap 'echo told; exit 5' INT; echo ready; while :; do sleep 0.05; done";
    const run = startOnTerminal(["run", "--restart-guard", "0", "told", "--", "sh", "-c", script], 80, options);
    await run.saw(/ready/);
    run.type("\u0003");
    expect(await run.finished).toMatchObject({ exitCode: 5, stdout: expect.stringContaining("told") });
    await until(async () => (await holder.inspect("told")).verdict === "free");
  });
});

function lines(text: string): string[] {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/\u001B\[[\d;]*m/g, "").split(/\r?\n/);
}
