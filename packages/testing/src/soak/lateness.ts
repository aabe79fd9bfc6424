/**
 * How late renewals are: from the moment for which the library set its timer to the moment in which it asked for the
 * extension. Extensions that a caller asks for are begun outside of the library's timers, and are not counted.
 */
import { channel } from "node:diagnostics_channel";

import { type Runtime, systemRuntime } from "@quorate/redlock/node";

const asked = channel("tracing:redlock:extend:start");

/** The real runtime, which remembers what the timer that fires now was set for. */
export class LatenessGauge {
  readonly runtime: Runtime;
  #dueAtMs: number | undefined;
  #lateMs: number[] = [];
  #isWatching = false;
  readonly #note = (): void => {
    if (this.#dueAtMs !== undefined) this.#lateMs.push(Math.max(0, performance.now() - this.#dueAtMs));
  };

  constructor() {
    this.runtime = {
      ...systemRuntime,
      startTimer: (delayMs, callback) => {
        const dueAtMs = performance.now() + delayMs;
        return systemRuntime.startTimer(delayMs, () => this.#dueAt(dueAtMs, callback));
      },
      // Renewals that are due in one turn are begun behind the last of their timers.
      afterInput: (callback) => {
        const dueAtMs = this.#dueAtMs;
        systemRuntime.afterInput(() => this.#dueAt(dueAtMs, callback));
      },
    };
  }

  #dueAt(dueAtMs: number | undefined, callback: () => void): void {
    this.#dueAtMs = dueAtMs;
    callback();
    this.#dueAtMs = undefined;
  }

  /** Since the last call. It listens every other time only: the library renews in another way while somebody listens. */
  take(): number[] {
    const lateMs = this.#lateMs;
    this.#lateMs = [];
    this.#isWatching = !this.#isWatching;
    if (this.#isWatching) asked.subscribe(this.#note);
    else asked.unsubscribe(this.#note);
    return lateMs;
  }
}
