/** Real time for the simulator's parts, where they stand in for servers in the memory of a test's own process. */
import { systemRuntime } from "@quorate/redlock/node";

import type { Timeline } from "../sim/scheduler.ts";

/** What is due at once runs in the next turn of the event loop: a timer would make it wait for a millisecond. */
export const realTimeline: Timeline = {
  get nowMs() {
    return systemRuntime.readClocks().monotonicMs;
  },
  after(delayMs, callback) {
    if (delayMs <= 0) {
      let isWanted = true;
      systemRuntime.afterInput(() => {
        if (isWanted) callback();
      });
      return { cancel: () => void (isWanted = false) };
    }
    const timer = systemRuntime.startTimer(delayMs, callback);
    // A message under way keeps nobody alive who does not wait for it.
    timer.keepProcessAlive(false);
    return timer;
  },
};
