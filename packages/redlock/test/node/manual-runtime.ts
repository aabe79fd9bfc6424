/** A runtime whose clocks and timers move only when told, and whose deferred work runs only when told. */
import type { ClockReading, Runtime, Timer } from "../../src/node/index.ts";

export class ManualRuntime implements Runtime {
  nowMs = 1_000_000;
  readonly #deferred: (() => void)[] = [];
  readonly #afterInput: (() => void)[] = [];
  #timers: { readonly dueAtMs: number; readonly callback: () => void }[] = [];

  readClocks(): ClockReading {
    return { monotonicMs: this.nowMs, wallMs: this.nowMs, bootMs: this.nowMs };
  }

  startTimer(delayMs: number, callback: () => void): Timer {
    const timer = { dueAtMs: this.nowMs + delayMs, callback };
    this.#timers.push(timer);
    const cancel = (): void => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
    return { cancel, keepProcessAlive: () => {} };
  }

  defer(callback: () => void): void {
    this.#deferred.push(callback);
  }

  afterInput(callback: () => void): void {
    this.#afterInput.push(callback);
  }

  random(): number {
    return 0.5;
  }

  readonly label = "manual:1";

  newToken(): string {
    return "token";
  }

  /** The end of an event-loop turn. */
  endTurn(): void {
    for (const callback of this.#deferred.splice(0)) callback();
  }

  /** All that has arrived was read. */
  readInput(): void {
    for (const callback of this.#afterInput.splice(0)) callback();
  }

  /** Time passes, and the timers that are due by then fire. */
  elapse(byMs: number): void {
    this.nowMs += byMs;
    const due = this.#timers.filter((timer) => timer.dueAtMs <= this.nowMs);
    this.#timers = this.#timers.filter((timer) => timer.dueAtMs > this.nowMs);
    for (const { callback } of due) callback();
  }

  get timerCount(): number {
    return this.#timers.length;
  }
}
