/**
 * A lock goes to another process, while its giver goes on looking at it, and ends its scope some time. From the moment of
 * the hand-over on, only the receiver holds it.
 */
import { type HandedOverLock, RedlockError } from "@quorate/redlock";

import type { Claim } from "../oracle/claim.ts";
import type { User } from "./user.ts";

const LOOKS = 6;

/** `look`: what the giver does while it believes that it holds the lock. */
export async function handOver(giver: User, look: () => void, claim: Claim, attempt: string): Promise<void> {
  const { prng, world } = giver;
  const receiver = prng.pick(world.callers());
  const handed = take(giver, claim);
  if (handed === undefined) return;
  giver.ended(claim, attempt);
  giver.later(prng.exponential(20), () => {
    receiver.process.enter(() => void receive(receiver, claim, handed, `${attempt}>${receiver.name}`));
  });
  for (let count = 0; count < LOOKS; count += 1) {
    await giver.sleep(prng.exponential(claim.lock.ttlMs / 5));
    look();
  }
}

/** `undefined` where it was lost before. */
function take({ world }: User, claim: Claim): HandedOverLock | undefined {
  // Its signal aborts at the call.
  claim.isGivenAway = true;
  try {
    const handed = claim.lock.handOver();
    world.judge.handedOver(claim);
    return handed;
  } catch (error) {
    claim.isGivenAway = false;
    if (!(error instanceof RedlockError)) throw error;
    return undefined;
  }
}

async function receive(receiver: User, given: Claim, handed: HandedOverLock, attempt: string): Promise<void> {
  const { prng, world, process, redlock } = receiver;
  const calledAtMs = process.scheduler.nowMs;
  try {
    const lock = await redlock.adopt(handed, { autoExtend: prng.chance(0.5), nodeTimeoutMs: given.roundMs });
    const claim = receiver.claim(lock, attempt, { calledAtMs, beside: given.beside });
    receiver.record("granted", claim, attempt);
    world.judge.adopted(claim);
    await receiver.sleep(prng.next() * Math.min(1500, 2 * lock.ttlMs));
    if (lock.isHeld()) world.judge.seenHeld(claim);
    receiver.ended(claim, attempt);
    await lock.release();
  } catch (error) {
    receiver.expectKnown(error);
    if (error instanceof RedlockError && error.code === "LOCK_LOST") world.judge.notAdopted(given, process, calledAtMs);
  }
}
