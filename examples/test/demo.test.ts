import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { livePicture } from "../demo/picture.ts";
import type { Scene } from "../demo/scene.ts";
import { atSomePace, TooBusy } from "../../packages/redlock/test/support/pace.ts";
import { build, examplesFolder, runNode, type Run } from "./support/run.ts";

beforeAll(build, 120_000);

function runDemo(...args: readonly string[]): Promise<Run> {
  return runNode([join(examplesFolder, "dist/demo/main.js"), "--seconds", "8", ...args]);
}

describe.concurrent("the demo", { timeout: 180_000 }, () => {
  test("kills, pauses and forgets, and nobody overlaps", async ({ expect }) => {
    const { code, output } = await runDemo();
    expect(output).toContain("kill -9 of node 4 and node 5");
    expect(output).toContain("the store refused the late write");
    expect(output).toContain("nobody else got in before worker 3 had left");
    expect(output).toMatch(/overlaps, history\s+none, in \d+ asks while somebody was inside/);
    expect(output).toMatch(/overlaps, store\s+none/);
    expect(output).toMatch(/late writes refused\s+1\n/);
    expect(output).toMatch(/keys left behind\s+none/);
    expect(output).toContain("PASSED");
    expect(code).toBe(0);
  });

  test("G without the restart guard two are inside at once, and it exits with 1", ({ expect }) =>
    atSomePace([1_500, 5_000], async (ttlMs) => {
      const { code, output } = await runDemo("--no-guard", "--ttl", `${ttlMs}`);
      // On a busy machine worker 3 may be out again before another one is connected to the new servers.
      if (!output.includes("OTHERS GOT IN while worker 3 was inside")) throw new TooBusy(output);
      expect(output).toMatch(
        /overlaps, history\s+AT LEAST ONE: worker \d got in while worker 3 was inside, both for \d/,
      );
      expect(output).toContain("FAILED: two were inside at once.");
      expect(code).toBe(1);
    }));

  test("G without the fencing check the paused holder's late write undoes another, and it exits with 1", async ({
    expect,
  }) => {
    const { code, output } = await runDemo("--no-fencing-check");
    expect(output).toContain("the store TOOK the late write");
    expect(output).toMatch(/overlaps, history\s+none/);
    expect(output).toMatch(/overlaps, store\s+\d+ COLLISIONS?, [1-9]\d* UPDATES? LOST/);
    expect(output).toContain("FAILED: the store took a write that undid another.");
    expect(code).toBe(1);
  });
});

test("the demo refuses what it does not know, and says what it knows", async () => {
  const { code, output } = await runNode([join(examplesFolder, "dist/demo/main.js"), "--workers", "1"]);
  expect(output).toBe('--workers must be an integer from 3 to 16, got "1".\n');
  expect(code).toBe(1);
});

test("an unknown switch of the demo is answered with those that there are", async () => {
  const { code, output } = await runNode([join(examplesFolder, "dist/demo/main.js"), "--no-gard"]);
  expect(output).toMatch(/^Unknown option '--no-gard'\. What there is:\n[^]*--no-guard/);
  expect(code).toBe(1);
});

test("the live picture fits into 80 columns and 24 rows, and every line that it shows is whole", () => {
  const server = { index: 0, port: 6391 };
  const scene = {
    elapsedMs: 1_000,
    fleet: { servers: [server, server, server, server, server] },
    statusOf: () => ({ kind: "kept out", forMs: 1_500 }),
    store: { refusedCount: 1 },
    lines: Array.from({ length: 9 }, (_, index) => ({ atMs: 0, text: `${index} ${"two words ".repeat(12)}end` })),
  } as unknown as Scene;
  const rows = livePicture(scene, 80, 24, (_style, text) => text);
  expect(rows.length).toBeLessThan(24);
  expect(Math.max(...rows.map((row) => row.length))).toBeLessThanOrEqual(80);
  const told = rows.slice(rows.findIndex((row) => row.startsWith("  0.0 s")));
  const said = [5, 6, 7, 8].map((index) => ` 0.0 s ${index} ${"two words ".repeat(12)}end`);
  expect(told.join(" ").replaceAll(/\s+/g, " ")).toBe(said.join(""));
});
