/** The signal of a routine under `using` with a signal of the caller's. */
import { getEventListeners } from "node:events";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Redlock } from "@quorate/redlock";
import { expect, test } from "vitest";
import { EitherSignal } from "../../src/runtime/abort.ts";
import { answering, granted } from "../support/answering-node.ts";
import { forTest } from "../support/connect-to.ts";

const [first, second] = [new Error("first"), new Error("second")];

test.each([
  ["either aborts", 0],
  ["either aborts", 1],
])("it aborts when %s (%i), once, with its reason", (_title, index) => {
  const controllers = [new AbortController(), new AbortController()] as const;
  const either = new EitherSignal(controllers.map(({ signal }) => signal));
  const reasons: unknown[] = [];
  either.signal.addEventListener("abort", () => reasons.push(either.signal.reason));
  controllers[index]!.abort(first);
  controllers[1 - index]!.abort(second);
  expect(reasons).toEqual([first]);
});

test("one that has aborted before is told at once", () => {
  const either = new EitherSignal([new AbortController().signal, AbortSignal.abort(first)]);
  expect(either.signal.reason).toBe(first);
});

test("after its end nobody listens, and nobody is told", () => {
  const controllers = [new AbortController(), new AbortController()];
  const either = new EitherSignal(controllers.map(({ signal }) => signal));
  either.end();
  for (const { signal } of controllers) expect(getEventListeners(signal, "abort")).toHaveLength(0);
  controllers[0]!.abort(first);
  expect(either.signal.aborted).toBe(false);
});

test("what a routine leaves on its signal is not kept for as long as the caller's signal lives", async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  const { signal: shutdown } = new AbortController();
  await using redlock = forTest(new Redlock(answering(3, (_operation, index) => granted(index))));
  const left: WeakRef<object>[] = [];
  for (let call = 0; call < 100; call += 1) {
    await redlock.using("a", 1000, { signal: shutdown }, (signal) => {
      const work = {};
      left.push(new WeakRef(work));
      signal.addEventListener("abort", () => void work);
    });
  }
  await new Promise(setImmediate);
  collectGarbage();
  expect(left.filter((work) => work.deref() !== undefined).length).toBeLessThan(50);
  expect(shutdown.aborted).toBe(false);
});
