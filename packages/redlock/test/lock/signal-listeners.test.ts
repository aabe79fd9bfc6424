import { setImmediate as turn } from "node:timers/promises";
import { memoryNodes } from "@quorate/testing";
import { Redlock } from "@quorate/redlock";
import { afterEach, beforeEach, expect, test } from "vitest";

let names: string[] = [];
const note = ({ name }: Error): void => void names.push(name);
beforeEach(() => {
  names = [];
  process.on("warning", note);
});
afterEach(() => void process.off("warning", note));

async function listenTwentyTimes(signal: AbortSignal): Promise<void> {
  for (let index = 0; index < 20; index += 1) signal.addEventListener("abort", () => {});
  await turn();
}

test("twenty parts of a program may listen to a lock's signal", async () => {
  await using redlock = new Redlock(memoryNodes(3).connect("app"), { restartGuardMs: 0 });
  await using lock = await redlock.acquire("orders", 10_000);
  await listenTwentyTimes(lock.signal);
  expect(names).not.toContain("MaxListenersExceededWarning");
});

test("control: of a signal of its own Node warns", async () => {
  await listenTwentyTimes(new AbortController().signal);
  expect(names).toContain("MaxListenersExceededWarning");
});
