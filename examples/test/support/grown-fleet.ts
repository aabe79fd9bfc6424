/** A fleet old enough for the restart guard to trust it, as any fleet is that was not started just now. */
import { setTimeout as sleep } from "node:timers/promises";
import { findClockShim, growOld, startFleet, type Fleet } from "@quorate/testing";

/** The longest TTL in the examples and in the README, and a second for counting in whole ones. */
const longestTtlMs = 10_000;
const ageMs = 3_600_000;
/** The `keyPrefix`es in the documentation: the nodes keep the age of their memory for each. */
const prefixes = ["", "app:", "mutex:"];

export async function startGrownFleet(): Promise<Fleet> {
  const canMoveClocks = (await findClockShim()).available;
  const fleet = await startFleet({ nodes: 5, ...(canMoveClocks && { server: { ageMs } }) });
  if (!canMoveClocks) await sleep(longestTtlMs * 1.02 + 1_000);
  await Promise.all(fleet.servers.flatMap((server) => prefixes.map((prefix) => growOld(server, ageMs, prefix))));
  return fleet;
}
