/**
 * The real clocks, timers and randomness. All of them are taken when this file is loaded, and from Node's own modules: a
 * test with fake timers or a mocked Date would else stop the renewal of real locks, or propose fencing tokens of the year
 * 2099 to real servers.
 */
import { hostname, uptime } from "node:os";
import perfHooks from "node:perf_hooks";
import process from "node:process";
import timers from "node:timers";
import type { ClockReading, Runtime, Timer } from "./runtime.ts";
import { nanoid } from "nanoid";

/** Linux tells it in hundredths of a second. */
const FINEST_STEP_MS = 10;
const WHOLE_SECOND_MS = 1_000;

/** What the wall clock's whole milliseconds and its slewing come to between two readings. */
const WALL_TOLERANCE_MS = 5;

/** Between the readings of two clocks no more may pass, or they are not of one moment. */
const ONE_MOMENT_MS = 2;

interface Reading {
  readonly monotonicMs: number;
  readonly wallMs: number;
  readonly uptimeMs: number;
}

/**
 * The time that the machine spent suspended, from its uptime. Only the uptime counts it, and only where it is good
 * enough: it is whole seconds in Bun, in Deno and in some containers, is missing without a permission, and can jump. So
 * how exact it is gets measured, and what it says is believed only beyond that.
 */
export class BootClock {
  readonly #uptimeSeconds: () => number;
  readonly #monotonicMs: () => number;
  #last: Reading | undefined;
  /** How much of the suspended time is known of; the boot clock is this far ahead of the monotonic clock. */
  #suspendedMs = 0;
  /** By how much two readings may be wrong together. Whole seconds until a reading shows a part of one. */
  #stepMs = WHOLE_SECOND_MS;
  #isMissing = false;

  constructor(uptimeSeconds: () => number, monotonicMs: () => number) {
    this.#uptimeSeconds = uptimeSeconds;
    this.#monotonicMs = monotonicMs;
  }

  /** Milliseconds that have passed, suspended or not, since any fixed moment. The others were read just before. */
  read(monotonicMs: number, wallMs: number): number {
    if (!this.#isMissing) this.#measure(monotonicMs, wallMs);
    return monotonicMs + this.#suspendedMs;
  }

  #measure(monotonicMs: number, wallMs: number): void {
    let uptimeMs: number;
    try {
      uptimeMs = this.#uptimeSeconds() * 1_000;
    } catch {
      this.#isMissing = true;
      return;
    }
    // This thread stood still between the readings.
    if (this.#monotonicMs() - monotonicMs > ONE_MOMENT_MS) return;
    if (this.#stepMs === WHOLE_SECOND_MS && uptimeMs % 1_000 !== 0) this.#stepMs = FINEST_STEP_MS;
    const last = this.#last;
    if (last === undefined) {
      this.#last = { monotonicMs, wallMs, uptimeMs };
      return;
    }
    const aheadMs = uptimeMs - last.uptimeMs - (monotonicMs - last.monotonicMs);
    if (Math.abs(aheadMs) <= this.#stepMs) return;
    const wallAheadMs = wallMs - last.wallMs - (monotonicMs - last.monotonicMs);
    this.#last = { monotonicMs, wallMs, uptimeMs };
    // A suspend moves the wall clock too. Where that has gone on as if nothing were, or the uptime went back, it jumps.
    if (aheadMs < 0 || Math.abs(wallAheadMs) <= WALL_TOLERANCE_MS)
      this.#stepMs = Math.max(this.#stepMs, Math.abs(aheadMs));
    // Up to a step may have been swallowed: no lock may be held on it.
    else this.#suspendedMs += aheadMs + this.#stepMs;
  }
}

const { performance } = perfHooks;
const { setTimeout: startTimeout, clearTimeout: cancelTimeout, setImmediate: afterThisTurn } = timers;
const { random } = Math;
/** Fake timers that were installed before this file was loaded have a clock of their own; promises are never faked. */
const startMicrotask = "clock" in queueMicrotask ? afterAwait : queueMicrotask;

async function afterAwait(callback: () => void): Promise<void> {
  await Promise.resolve();
  callback();
}

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

/** nanoid adds letter to letter: until it is read, V8 keeps such a text as a tree of twelve objects, for as long as a lock is held. */
function flat(text: string): string {
  void text.charCodeAt(0);
  return text;
}

/** The real thing: what every `Redlock` runs on that is not given another runtime. */
export const systemRuntime: Runtime = {
  readClocks,
  startTimer: (delayMs, callback) => new SystemTimer(delayMs, callback),
  defer: startMicrotask,
  afterInput: (callback) => void afterThisTurn(callback),
  random,
  newToken: (tail = "") => flat(nanoid() + tail),
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
