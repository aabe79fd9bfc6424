/** The real clocks, timers and randomness. */
import { hostname, uptime } from "node:os";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { nanoid } from "nanoid";
import type { ClockReading, Runtime, Timer } from "./runtime.ts";

/** Beyond this, Node's timers overflow and fire after 1 ms, over and over. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Only on Linux does the monotonic clock stand still in suspend. Elsewhere it counts on, and the boot clock, which has a
 * resolution of a second on macOS, would only make locks end early.
 */
const HAS_BOOT_CLOCK = process.platform === "linux";

/**
 * Reading the boot clock costs 4 µs, a hundred times the others. Within this much running time the last reading is used
 * again, moved on by the monotonic clock, unless the wall clock disagrees: a suspend that falls into it, and that the
 * wall clock does not show, is seen that much running time later.
 */
const BOOT_CLOCK_REUSE_MS = 10;

/** What the wall clock's whole milliseconds and its slewing come to in that time. */
const DISAGREEMENT_MS = 2;

let bootReadAt: ClockReading = { monotonicMs: -Infinity, wallMs: 0, bootMs: 0 };

function readClocks(): ClockReading {
  const monotonicMs = performance.now();
  const wallMs = Date.now();
  if (!HAS_BOOT_CLOCK) return { monotonicMs, wallMs, bootMs: monotonicMs };
  const sinceMs = monotonicMs - bootReadAt.monotonicMs;
  const disagreementMs = Math.abs(wallMs - bootReadAt.wallMs - sinceMs);
  if (sinceMs < BOOT_CLOCK_REUSE_MS && disagreementMs < DISAGREEMENT_MS) {
    return { monotonicMs, wallMs, bootMs: bootReadAt.bootMs + sinceMs };
  }
  bootReadAt = { monotonicMs, wallMs, bootMs: uptime() * 1000 };
  return bootReadAt;
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
  newToken: (tail = "") => nanoid() + tail,
  get label() {
    return (label ??= `${hostName()}:${process.pid}`);
  },
};

let label: string | undefined;

/** Deno asks for a permission first. A name that no label may have is no name. */
function hostName(): string {
  try {
    return hostname()
      .slice(0, 100)
      .replaceAll(/[^\w.-]/g, "_");
  } catch {
    return "somewhere";
  }
}
