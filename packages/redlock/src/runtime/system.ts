/** The real clocks, timers and randomness. */
import { uptime } from "node:os";
import { performance } from "node:perf_hooks";
import { nanoid } from "nanoid";
import type { ClockReading, Runtime, Timer } from "./runtime.ts";

/** Beyond this, Node's timers overflow and fire after 1 ms, over and over. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Reading the boot clock costs 4 µs, a hundred times the others. Within this much running time the last reading is used
 * again, moved on by the monotonic clock: a suspend that falls into it is seen that much running time later.
 */
const BOOT_CLOCK_REUSE_MS = 1;

let bootReadAtMs = -Infinity;
let bootMinusMonotonicMs = 0;

function readClocks(): ClockReading {
  const monotonicMs = performance.now();
  if (monotonicMs - bootReadAtMs >= BOOT_CLOCK_REUSE_MS) {
    bootReadAtMs = monotonicMs;
    bootMinusMonotonicMs = uptime() * 1000 - monotonicMs;
  }
  return { monotonicMs, wallMs: Date.now(), bootMs: monotonicMs + bootMinusMonotonicMs };
}

class SystemTimer implements Timer {
  readonly #timeout: NodeJS.Timeout;

  constructor(delayMs: number, callback: () => void) {
    this.#timeout = setTimeout(callback, Math.min(Math.max(delayMs, 0), LONGEST_TIMER_MS));
  }

  cancel(): void {
    clearTimeout(this.#timeout);
  }

  keepProcessAlive(keep: boolean): void {
    if (keep) this.#timeout.ref();
    else this.#timeout.unref();
  }
}

/** The real thing: what every `Redlock` runs on that is not given another runtime. */
export const systemRuntime: Runtime = {
  readClocks,
  startTimer: (delayMs, callback) => new SystemTimer(delayMs, callback),
  defer: queueMicrotask,
  afterInput: (callback) => void setImmediate(callback),
  random: Math.random,
  newToken: () => nanoid(),
};
