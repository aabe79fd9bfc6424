/** A fleet old enough for the restart guard to trust it, as any fleet is that was not started just now. */
import { setTimeout as sleep } from "node:timers/promises";
import { findClockShim, startFleet, type Fleet } from "@quorate/testing";

/** The longest TTL in the examples and in the README, and a second for counting in whole ones. */
const longestTtlMs = 10_000;

export async function startGrownFleet(): Promise<Fleet> {
  const canMoveClocks = (await findClockShim()).available;
  if (canMoveClocks) return startFleet({ nodes: 5, server: { ageMs: 3_600_000 } });
  const fleet = await startFleet({ nodes: 5 });
  await sleep(longestTtlMs * 1.02 + 1_000);
  return fleet;
}
