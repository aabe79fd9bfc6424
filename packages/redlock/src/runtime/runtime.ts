/**
 * What the library needs from the outside world, and all that a simulator replaces.
 *
 * Nothing outside this folder may read a clock, start a timer or draw a random number, so that one seed decides a
 * whole simulated run.
 */

import type { ClockReading } from "../core/validity.ts";

export type { ClockReading };

/** A timer that was started. Cancelling one that already fired does nothing. */
export interface Timer {
  cancel(): void;
  /** Whether this timer alone keeps the process alive. A new timer does. */
  keepProcessAlive(keep: boolean): void;
}

/** Clocks, timers and randomness of one process. `systemRuntime` is the real one; a simulator hands in its own. */
export interface Runtime {
  readClocks(): ClockReading;
  /** Calls back once after `delayMs`; delays beyond what the platform's timers can count are clamped by the callee. */
  startTimer(delayMs: number, callback: () => void): Timer;
  /** Calls back when the code that runs now is done, before any I/O. */
  defer(callback: () => void): void;
  /**
   * Calls back when what has arrived by now from the network was read. A timer runs before that: behind a busy event
   * loop it fires while answers that came in time lie unread.
   */
  afterInput(callback: () => void): void;
  /** A number in [0, 1). */
  random(): number;
  /** A new lock token, with `tail` behind it: unique for all practical purposes in the whole fleet. */
  newToken(tail?: string): string;
  /** Who this process is, for people: "<host>:<pid>". */
  readonly label: string;
}
