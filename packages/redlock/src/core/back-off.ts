/**
 * Exponential back-off with full jitter: anything between 0 and the ceiling, so that contenders who collided once do not
 * collide again. `roll` is in [0, 1); `attempt` counts from 0.
 */
export function backOffMs(attempt: number, delayMs: number, maxDelayMs: number, roll: number): number {
  const ceilingMs = Math.min(maxDelayMs, delayMs * 2 ** Math.min(attempt, 30));
  return roll * ceilingMs;
}
