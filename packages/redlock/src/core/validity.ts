/**
 * How long a lock can be relied on. Each node is relied on by itself: what it confirmed was asked at a known moment, so
 * its key lives at least TTL longer than that, less what its clock may run faster than ours. The lock is good while a
 * quorum of nodes can be relied on, that is until the quorum-th largest of these ends.
 *
 * Proof: two locks valid at one moment would have a node in common, and that node would keep two values in one key.
 */

/** What one confirmed acquire or extend is worth: `durationMs`, counted from before it was sent. */
export interface Assurance {
  readonly askedAt: ClockReading;
  readonly durationMs: number;
}

/** Linux tells the boot clock in hundredths of a second: two readings can show this much less than has passed. */
export const BOOT_CLOCK_STEP_MS = 10;

/**
 * The largest of what three clocks say. The monotonic clock stands still in suspend, the wall clock can be stepped back
 * meanwhile; no tolerance between them, since a tolerance is time in which another holder may have the lock already.
 *
 * For the same reason what the boot clock may have swallowed is added once it shows a suspend. (Before, the monotonic
 * clock has counted it.)
 */
export function elapsedMs(since: ClockReading, now: ClockReading): number {
  const monotonicMs = now.monotonicMs - since.monotonicMs;
  let bootMs = now.bootMs - since.bootMs;
  if (bootMs - monotonicMs > BOOT_CLOCK_STEP_MS) bootMs += BOOT_CLOCK_STEP_MS;
  return Math.max(monotonicMs, now.wallMs - since.wallMs, bootMs, 0);
}

/**
 * What a TTL loses to clocks that run at different rates, plus 2 ms because Redis expires by whole milliseconds (the
 * formula of the Redis documentation's Redlock).
 */
export function driftMs(ttlMs: number, driftFactor: number): number {
  return Math.round(ttlMs * driftFactor) + 2;
}

export function assurance(askedAt: ClockReading, ttlMs: number, driftFactor: number): Assurance {
  return { askedAt, durationMs: ttlMs - driftMs(ttlMs, driftFactor) };
}

/** Negative when it has ended. */
export function remainingMs(assured: Assurance, now: ClockReading): number {
  return assured.durationMs - elapsedMs(assured.askedAt, now);
}

/** The quorum-th largest of what remains; -Infinity when fewer than a quorum of nodes are relied on. */
export function quorumRemainingMs(
  assurances: readonly (Assurance | undefined)[],
  quorum: number,
  now: ClockReading,
): number {
  const largestFirst: number[] = [];
  let previous: Assurance | undefined;
  let remaining = 0;
  for (const assured of assurances) {
    if (assured === undefined) continue;
    if (assured !== previous) remaining = remainingMs(assured, now);
    previous = assured;
    let at = largestFirst.length;
    while (at > 0 && largestFirst[at - 1]! < remaining) at--;
    if (at === largestFirst.length) largestFirst.push(remaining);
    else largestFirst.splice(at, 0, remaining);
  }
  return largestFirst[quorum - 1] ?? -Infinity;
}

/**
 * Three clocks read at one moment, in milliseconds. The zero points differ, so only differences of the same clock mean
 * anything. Why three: the monotonic clock stands still while a Linux machine is suspended, the wall clock can be
 * stepped, and a suspend together with a backward step defeats those two at once.
 */
export interface ClockReading {
  readonly monotonicMs: number;
  readonly wallMs: number;
  readonly bootMs: number;
}
