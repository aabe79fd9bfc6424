/**
 * Renewals, a few hundred at a time. Those of many locks fall due together, each by a timer of its own: they are gathered
 * until all timers that are due have fired, and travel in one call. Begun in one go, thousands would keep the event loop from
 * reading replies for so long that rounds run out of time with the replies lying there unread.
 */
import type { Runtime } from "../runtime/runtime.ts";

const MOST_AT_ONCE = 256;
const PAUSE_MS = 1;

/** Something to begin; it may have become needless meanwhile. */
export interface Throttled {
  begin(): void;
}

export class RenewalThrottle {
  readonly #runtime: Runtime;
  #waiting: Throttled[] = [];
  #isDue = false;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** In this turn of the event loop, or when those before it have had their turn. */
  enter(renewal: Throttled): void {
    this.#waiting.push(renewal);
    if (this.#isDue) return;
    this.#isDue = true;
    this.#runtime.afterInput(() => this.#begin());
  }

  #begin(): void {
    this.#isDue = this.#waiting.length > MOST_AT_ONCE;
    for (const renewal of this.#waiting.splice(0, MOST_AT_ONCE)) renewal.begin();
    if (this.#isDue) this.#runtime.startTimer(PAUSE_MS, () => this.#begin()).keepProcessAlive(false);
  }
}
