/** Tens of thousands of locks taken in one turn, and given back in one turn: nothing is lost that a healthy node could do. */
import type { Lock } from "@quorate/redlock";

import type { User } from "./user.ts";

export async function takeAllAtOnce(caller: User, mostCount: number): Promise<void> {
  const { prng, redlock, world } = caller;
  const count = prng.integer(Math.round(mostCount / 3), mostCount);
  const wish = { ttlMs: 60_000, waitMs: 10_000, nodeTimeoutMs: undefined, autoExtend: false, beside: undefined };
  const locks: Lock[] = [];
  const take = async (index: number): Promise<void> => {
    const resources = [`${caller.name}:${index}`];
    const attempt = caller.beginAttempt({ ...wish, resources });
    const call = caller.pending!;
    try {
      locks.push(await redlock.acquire(resources, wish.ttlMs));
    } catch (error) {
      caller.failed(error, attempt, call);
    }
  };
  await Promise.all(Array.from({ length: count }, (_, index) => take(index)));
  caller.pending = undefined;
  world.judge.ledger.grantedCount += locks.length;
  if (prng.chance(0.5))
    await Promise.all(locks.map((lock) => lock.release().catch((error: unknown) => world.judge.threw(error))));
  else await redlock.close();
}
