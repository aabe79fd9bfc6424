/**
 * Virtual time. The library under test is real code with real promises, so "what happens next" has two sources: the
 * events of the simulated world, and the engine's own microtask queue. A run is the same every time only if these two
 * never race: everything that is ready runs first, and only then does time move.
 *
 * One event per turn of the host's event loop does exactly that, because the engine drains its microtasks after each
 * callback; but a whole turn per event costs a system call. Node also drains between the callbacks of one turn, so
 * many callbacks are queued for each turn, and each runs one event.
 */
import { EventHeap, type ScheduledEvent } from "./event-heap.ts";

/** Something that was put on the time line. */
export interface Scheduled {
  cancel(): void;
}

/** A time line that callbacks can be put on: virtual here, real for nodes in memory. */
export interface Timeline {
  readonly nowMs: number;
  /** Calls back after `delayMs` (0: as soon as what runs now is done); ties in the order asked. */
  after(delayMs: number, callback: () => void): Scheduled;
}

const EVENTS_PER_TURN = 256;
/** Real promises can keep each other busy at one moment of virtual time; a run that is past this does not end. */
const MOST_EVENTS = 5_000_000;

export class Scheduler implements Timeline {
  #nowMs = 0;
  #sequence = 0;
  #executed = 0;
  readonly #heap = new EventHeap();
  #ready: (() => void)[] = [];
  #readyHead = 0;

  get nowMs(): number {
    return this.#nowMs;
  }

  /** How many events have run; the same for two runs of one seed. */
  get executedCount(): number {
    return this.#executed;
  }

  after(delayMs: number, callback: () => void): Scheduled {
    const event: ScheduledEvent = {
      atMs: this.#nowMs + Math.max(0, delayMs),
      sequence: (this.#sequence += 1),
      callback,
    };
    this.#heap.push(event);
    return {
      cancel: () => {
        event.callback = undefined;
      },
    };
  }

  /** Calls back when the code that runs now, its promises included, is done; before any other event. */
  defer(callback: () => void): void {
    this.#ready.push(callback);
  }

  /**
   * Runs events until `untilMs` has been reached or `done` says so, whichever is first. Rejects with what an event
   * throws.
   */
  run(untilMs: number, done: () => boolean = () => false): Promise<void> {
    return new Promise((resolve, reject) => {
      let finished = false;
      let queued = 0;
      const turn = (): void => {
        queued -= 1;
        if (finished) return;
        try {
          if (done() || !this.#step(untilMs)) {
            finished = true;
            resolve();
            return;
          }
        } catch (error) {
          finished = true;
          reject(error instanceof Error ? error : new Error(String(error)));
          return;
        }
        if (queued === 0) fill();
      };
      const fill = (): void => {
        for (queued = 0; queued < EVENTS_PER_TURN; queued += 1) setImmediate(turn);
      };
      fill();
    });
  }

  /** Runs one callback; false when there is none until `untilMs`. */
  #step(untilMs: number): boolean {
    if (this.#executed >= MOST_EVENTS) throw new Error(`no end in sight after ${MOST_EVENTS} events`);
    const deferred = this.#nextReady();
    if (deferred !== undefined) {
      this.#executed += 1;
      deferred();
      return true;
    }
    const event = this.#heap.popUntil(untilMs);
    if (event === undefined) {
      if (Number.isFinite(untilMs)) this.#nowMs = Math.max(this.#nowMs, untilMs);
      return false;
    }
    this.#nowMs = event.atMs;
    this.#executed += 1;
    event.callback?.();
    return true;
  }

  #nextReady(): (() => void) | undefined {
    if (this.#readyHead === this.#ready.length) return undefined;
    const callback = this.#ready[this.#readyHead];
    this.#readyHead += 1;
    if (this.#readyHead === this.#ready.length) {
      this.#ready = [];
      this.#readyHead = 0;
    }
    return callback;
  }
}
