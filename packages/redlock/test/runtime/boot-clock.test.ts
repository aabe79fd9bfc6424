/** What the uptime is believed, by how exact it shows itself to be. */
import { expect, test } from "vitest";
import { elapsedMs } from "../../src/core/validity.ts";
import { BootClock } from "../../src/runtime/system.ts";
import type { ClockReading } from "../../src/runtime/runtime.ts";

/** A machine whose uptime is told by `told`, from the true one in milliseconds. */
class Machine {
  monotonicMs = 5_000;
  wallMs = 1_800_000_000_000;
  uptimeMs: number;
  slowMs = 0;
  readonly #clock: BootClock;

  constructor(told: (uptimeMs: number) => number, uptimeMs = 987_654.3) {
    this.uptimeMs = uptimeMs;
    this.#clock = new BootClock(
      () => told(this.uptimeMs),
      () => (this.monotonicMs += this.slowMs),
    );
  }

  pass(ms: number): void {
    this.monotonicMs += ms;
    this.wallMs += ms;
    this.uptimeMs += ms;
  }

  suspend(ms: number, wallStepMs = 0): void {
    this.wallMs += ms + wallStepMs;
    this.uptimeMs += ms;
  }

  read(): ClockReading {
    const { monotonicMs, wallMs } = this;
    return { monotonicMs, wallMs, bootMs: this.#clock.read(monotonicMs, wallMs) };
  }
}

const hundredths = (ms: number): number => Math.floor(ms / 10) / 100;
const wholeSeconds = (ms: number): number => Math.floor(ms / 1_000);
let at = 0;
const poor: readonly (readonly [string, (ms: number) => number])[] = [
  ["in whole seconds", wholeSeconds],
  [
    "that throws",
    () => {
      throw new Error("needs --allow-sys");
    },
  ],
  ["that jumps ahead and back", (ms) => (ms + (at++ % 3 === 0 ? 4_000 : 0)) / 1_000],
  ["that once becomes another machine's", (ms) => hundredths(at++ > 20 ? ms + 9e8 : ms)],
  ["that stands still", () => 77.7],
];

test.each(poor)("an uptime %s takes nothing from a lock", (_title, told) => {
  at = 0;
  const machine = new Machine(told);
  machine.read();
  const start = machine.read();
  for (let ms = 0; ms < 3_000; ms += 15) {
    machine.pass(15);
    // A first jump can be told from a suspend by the wall clock alone.
    expect(elapsedMs(start, machine.read())).toBeCloseTo(ms + 15, 6);
  }
});

test.each([0, -5_000])("a suspend shows on a good uptime, with the wall clock set by %i ms meanwhile", (stepMs) => {
  const machine = new Machine(hundredths);
  machine.read();
  const start = machine.read();
  machine.pass(100);
  machine.suspend(1_200, stepMs);
  machine.pass(20);
  const elapsed = elapsedMs(start, machine.read());
  expect(elapsed).toBeGreaterThanOrEqual(1_320);
  expect(elapsed).toBeLessThan(1_350);
});

test("a long suspend shows on an uptime in whole seconds too, though the wall clock was set back", () => {
  const machine = new Machine(wholeSeconds);
  machine.read();
  const start = machine.read();
  machine.suspend(5_300, -60_000);
  machine.pass(10);
  expect(elapsedMs(start, machine.read())).toBeGreaterThanOrEqual(5_310);
});

test("a thread that stood still between two readings is no suspend", () => {
  const machine = new Machine(hundredths);
  machine.read();
  const start = machine.read();
  machine.uptimeMs += 400;
  machine.slowMs = 400;
  machine.read();
  machine.slowMs = 0;
  machine.wallMs += 400;
  machine.pass(15);
  expect(elapsedMs(start, machine.read())).toBeCloseTo(415, 6);
});
