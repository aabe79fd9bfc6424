import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { Member } from "../src/coordination/member.ts";

const built = new URL("../dist/coordination/member.js", import.meta.url).href;
const program = `
const { Member } = await import(${JSON.stringify(built)});
console.log(new Member("sleep", ["600"]).pid);
setInterval(() => {}, 1_000);`;

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test.each(["SIGKILL", "SIGTERM"] as const)("a member ends with the benchmark that was ended by %s", async (signal) => {
  const benchmark = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(benchmark.stdout, "data")) as [Buffer];
  const pid = Number(String(line));
  expect(isRunning(pid)).toBe(true);
  benchmark.kill(signal);
  await expect.poll(() => isRunning(pid)).toBe(false);
});

test("a member that is killed is gone when that resolves", async () => {
  const member = new Member("sleep", ["600"]);
  await member.kill();
  expect(isRunning(member.pid)).toBe(false);
});

test("a program that cannot be had is no member", async () => {
  const member = new Member("no-such-program", []);
  expect(member.pid).toBe(0);
  await member.kill();
});
