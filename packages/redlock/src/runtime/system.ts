/**
 * The real clocks, timers and randomness. All of them are taken when this file is loaded, and from Node's own modules: a
 * test with fake timers or a mocked Date would else stop the renewal of real locks, or propose fencing tokens of the year
 * 2099 to real servers.
 */
import { hostname, uptime } from "node:os";
import perfHooks from "node:perf_hooks";
import process from "node:process";
import timers from "node:timers";
import { nanoid } from "nanoid";
import { BootClock } from "./boot-clock.ts";
import type { ClockReading, Runtime, Timer } from "./runtime.ts";

const { performance } = perfHooks;
const { setTimeout: startTimeout, clearTimeout: cancelTimeout, setImmediate: afterThisTurn } = timers;
const { random } = Math;
const startMicrotask = queueMicrotask;
const monotonicNow = performance.now.bind(performance);

/** Where Date was mocked before this file was loaded, the process's start and the monotonic clock tell the time. */
const isMocked = !Function.prototype.toString.call(Date.now).includes("[native code]");
const wallNow = isMocked ? (): number => performance.timeOrigin + monotonicNow() : Date.now;

/** Beyond this, Node's timers overflow and fire after 1 ms, over and over. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Reading the boot clock costs 4 µs, a hundred times the others. Within this much running time the last reading is used
 * again, moved on by the monotonic clock, unless the wall clock disagrees: a suspend that falls into it, and that the
 * wall clock does not show, is seen that much running time later.
 */
const BOOT_CLOCK_REUSE_MS = 10;

/** What the wall clock's whole milliseconds and its slewing come to in that time. */
const DISAGREEMENT_MS = 2;

const bootClock = new BootClock(uptime, monotonicNow);
let bootReadAt: ClockReading = { monotonicMs: -Infinity, wallMs: 0, bootMs: 0 };

function readClocks(): ClockReading {
  const monotonicMs = monotonicNow();
  const wallMs = wallNow();
  const sinceMs = monotonicMs - bootReadAt.monotonicMs;
  const disagreementMs = Math.abs(wallMs - bootReadAt.wallMs - sinceMs);
  if (sinceMs < BOOT_CLOCK_REUSE_MS && disagreementMs < DISAGREEMENT_MS) {
    return { monotonicMs, wallMs, bootMs: bootReadAt.bootMs + sinceMs };
  }
  bootReadAt = { monotonicMs, wallMs, bootMs: bootClock.read(monotonicMs, wallMs) };
  return bootReadAt;
}

class SystemTimer implements Timer {
  readonly #timeout: NodeJS.Timeout;

  constructor(delayMs: number, callback: () => void) {
    this.#timeout = startTimeout(callback, Math.min(Math.max(delayMs, 0), LONGEST_TIMER_MS));
  }

  cancel(): void {
    cancelTimeout(this.#timeout);
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
  defer: startMicrotask,
  afterInput: (callback) => void afterThisTurn(callback),
  random,
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
