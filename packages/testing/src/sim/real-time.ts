/** Real time, where the simulator's parts run outside a simulated world: in the memory of a test's own process. */
import { performance } from "node:perf_hooks";

import type { Runtime } from "@quorate/redlock/node";

import type { Prng } from "./prng.ts";
import type { Timeline } from "./scheduler.ts";

/** What is due at once runs in the next turn of the event loop. */
export const realTimeline: Timeline = {
  get nowMs() {
    return performance.now();
  },
  after(delayMs, callback) {
    if (delayMs <= 0) {
      const immediate = setImmediate(callback);
      return { cancel: () => clearImmediate(immediate) };
    }
    // A message under way keeps nobody alive who does not wait for it.
    const timeout = setTimeout(callback, delayMs).unref();
    return { cancel: () => clearTimeout(timeout) };
  },
};

/** For nodes only: they read the monotonic clock, and draw nothing that has to be unique in a fleet. */
export function realRuntime(prng: Prng): Runtime {
  return {
    readClocks() {
      const monotonicMs = performance.now();
      return { monotonicMs, wallMs: Date.now(), bootMs: monotonicMs };
    },
    startTimer(delayMs, callback) {
      const timeout = setTimeout(callback, delayMs);
      return {
        cancel: () => clearTimeout(timeout),
        keepProcessAlive: (keep) => void (keep ? timeout.ref() : timeout.unref()),
      };
    },
    defer: queueMicrotask,
    random: () => prng.next(),
    newToken: () => prng.id(),
  };
}
