/** When all is over everything can be had again: no permit is lost for ever, and each resource can be had alone. */
import type { Redlock } from "@quorate/redlock";

import type { Plan } from "../plan.ts";
import type { Scheduler } from "../scheduler.ts";

const TTL_MS = 200;

/** Resolves with what could not be had. */
export async function askForAll(redlock: Redlock, { habits, quietMs }: Plan, scheduler: Scheduler): Promise<string[]> {
  const failures: string[] = [];
  let isOver = false;
  void ask().finally(() => (isOver = true));
  const waitMs = quietMs[1];
  await scheduler.run(scheduler.nowMs + 4 * habits.resources.length * waitMs, () => isOver);
  if (!isOver) failures.push("the last call does not end");
  return failures;

  async function ask(): Promise<void> {
    const permits = Math.max(0, ...habits.permits);
    for (const resource of habits.resources) {
      if (permits > 0) await take(resource, { permits, weight: permits });
      await take(resource, {});
    }
  }

  async function take(
    resource: string,
    beside: { readonly permits?: number; readonly weight?: number },
  ): Promise<void> {
    try {
      const lock = await redlock.acquire(resource, TTL_MS, { waitMs: quietMs[1], nodeTimeoutMs: TTL_MS, ...beside });
      await lock.release();
    } catch (error) {
      failures.push(`${resource} ${JSON.stringify(beside)} cannot be had: ${String(error)}`);
    }
  }
}
