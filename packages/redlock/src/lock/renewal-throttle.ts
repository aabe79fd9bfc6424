/**
 * Renewals, a few hundred at a time. Those of many locks fall due together; begun in one go they would keep the event
 * loop from reading replies for so long that rounds run out of time with the replies lying there unread.
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
  #begunCount = 0;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Now, or when those before it have had their turn. */
  enter(renewal: Throttled): void {
    if (this.#begunCount === MOST_AT_ONCE) {
      this.#waiting.push(renewal);
      return;
    }
    if (this.#begunCount++ === 0) this.#startPause();
    renewal.begin();
  }

  #startPause(): void {
    this.#runtime
      .startTimer(PAUSE_MS, () => {
        this.#begunCount = 0;
        const next = this.#waiting.splice(0, MOST_AT_ONCE);
        for (const renewal of next) this.enter(renewal);
      })
      .keepProcessAlive(false);
  }
}
