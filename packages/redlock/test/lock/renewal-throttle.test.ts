import { expect, test } from "vitest";
import { RenewalThrottle } from "../../src/lock/renewal-throttle.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { ManualRuntime } from "../node/manual-runtime.ts";

/** Fires its timers when told. */
class TimedRuntime extends ManualRuntime implements Runtime {
  readonly #due: (() => void)[] = [];

  override startTimer(_delayMs?: number, callback?: () => void): ReturnType<Runtime["startTimer"]> {
    this.#due.push(callback!);
    return { cancel: () => {}, keepProcessAlive: () => {} };
  }

  /** How many timers there were. */
  fire(): number {
    const due = this.#due.splice(0);
    for (const callback of due) callback();
    return due.length;
  }
}

test("of a thousand renewals that fall due together a few hundred begin, and the others after them, in order", () => {
  const runtime = new TimedRuntime();
  const renewals = new RenewalThrottle(runtime);
  const begun: number[] = [];
  for (let index = 0; index < 1000; index++) renewals.enter({ begin: () => begun.push(index) });
  const counts = [begun.length];
  runtime.readInput();
  do counts.push(begun.length);
  while (runtime.fire() > 0);
  expect(counts).toEqual([0, 256, 512, 768, 1000]);
  expect(begun).toEqual(Array.from({ length: 1000 }, (_, index) => index));
});

test("renewals whose timers fire in one turn of the event loop begin together, behind the last of them", () => {
  const runtime = new TimedRuntime();
  const renewals = new RenewalThrottle(runtime);
  const begun: string[] = [];
  renewals.enter({ begin: () => begun.push("first") });
  renewals.enter({ begin: () => begun.push("second") });
  expect(begun).toEqual([]);
  runtime.readInput();
  expect(begun).toEqual(["first", "second"]);
  renewals.enter({ begin: () => begun.push("later") });
  runtime.readInput();
  expect(begun.at(-1)).toBe("later");
});
