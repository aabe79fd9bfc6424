import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test, vi } from "vitest";
import { processState } from "./processes/process-state.ts";

const path = (name: string): string => fileURLToPath(new URL(`./processes/${name}`, import.meta.url));

test("nothing of a fleet outlives its process, not even a paused server after SIGKILL", async () => {
  const owner = spawn(process.execPath, [path("own-a-fleet.mjs")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(createInterface(owner.stdout), "line")) as [string];
  const { pids, folder } = JSON.parse(line) as { pids: number[]; folder: string };
  expect(pids.map(processState)).toEqual(["runs", "stopped", "runs"]);
  expect(existsSync(folder)).toBe(true);

  owner.kill("SIGKILL");
  await vi.waitFor(() => {
    expect(pids.map(processState)).toEqual(["gone", "gone", "gone"]);
    expect(existsSync(folder)).toBe(false);
    expect(existsSync(`${folder}.gone`)).toBe(false);
  }, 15_000);
});
