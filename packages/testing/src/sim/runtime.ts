/**
 * The library's `Runtime` for one simulated process: its clocks, its timers, its randomness.
 *
 * Timers are as imprecise as Node's: they count on a clock with whole milliseconds that is read once per turn, so they
 * fire up to a millisecond early, and at least one millisecond late when the machine is busy. Code that takes "my
 * timer fired" for "that much time has passed" fails here.
 */
import type { Runtime, Timer } from "@quorate/redlock/node";

import type { SimProcess } from "./process.ts";
import type { Scheduled } from "./scheduler.ts";

/** What Node's timers can count. */
const LONGEST_DELAY_MS = 2_147_483_647;
const TIMER_JITTER_MS = 1;

/** `onToken` is told of every token that is drawn. */
export function createSimRuntime(process: SimProcess, onToken: (token: string) => void = () => {}): Runtime {
  const { scheduler, clocks, prng } = process;
  return {
    readClocks: () => clocks.read(),
    startTimer: (delayMs, callback) => startSimTimer(process, delayMs, callback),
    defer: (callback) => scheduler.defer(() => process.enter(callback)),
    afterInput: (callback) => void scheduler.after(0, () => process.enter(callback)),
    random: () => prng.next(),
    label: process.name,
    newToken: (tail = "") => {
      const token = prng.id() + tail;
      onToken(token);
      return token;
    },
  };
}

function startSimTimer(process: SimProcess, delayMs: number, callback: () => void): Timer {
  const { scheduler, clocks, prng } = process;
  const jitterMs = prng.between(-TIMER_JITTER_MS, TIMER_JITTER_MS);
  const localDelayMs = Math.min(LONGEST_DELAY_MS, Math.max(1, delayMs)) + jitterMs;
  const dueMonotonicMs = clocks.monotonicMs + Math.max(0, localDelayMs);
  let cancelled = false;
  let scheduled: Scheduled;

  const fire = (): void => {
    if (cancelled) return;
    // A suspend held the monotonic clock back: the timer counts on.
    const missingMs = dueMonotonicMs - clocks.monotonicMs;
    if (missingMs > 1e-6) {
      scheduled = scheduler.after(clocks.trueDelayMs(missingMs), enter);
      return;
    }
    cancelled = true;
    callback();
  };
  const enter = (): void => process.enter(fire);
  scheduled = scheduler.after(clocks.trueDelayMs(Math.max(0, localDelayMs)), enter);

  return {
    cancel: () => {
      cancelled = true;
      scheduled.cancel();
    },
    keepProcessAlive: () => {},
  };
}
