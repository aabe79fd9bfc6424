/** A runtime whose clocks move only when told, and whose deferred work runs only when told. */
import type { ClockReading, Runtime, Timer } from "../../src/node/index.ts";

export class ManualRuntime implements Runtime {
  nowMs = 1_000_000;
  readonly #deferred: (() => void)[] = [];

  readClocks(): ClockReading {
    return { monotonicMs: this.nowMs, wallMs: this.nowMs, bootMs: this.nowMs };
  }

  startTimer(): Timer {
    return { cancel: () => {}, keepProcessAlive: () => {} };
  }

  defer(callback: () => void): void {
    this.#deferred.push(callback);
  }

  random(): number {
    return 0.5;
  }

  newToken(): string {
    return "token";
  }

  /** The end of an event-loop turn. */
  endTurn(): void {
    for (const callback of this.#deferred.splice(0)) callback();
  }
}
