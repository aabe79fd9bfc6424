/** Calls to a service of several members, one of which may die while a call is under way to it. */
import { setTimeout as sleep } from "node:timers/promises";
import type { PeerSetup } from "./peer.ts";

/** Makes a call again where its member was lost, for a TTL at most. What it does may be done twice. */
export async function persist<Result>(
  { ttlMs, retryDelayMs }: PeerSetup,
  isMemberLost: (error: unknown) => boolean,
  attempt: () => Promise<Result>,
): Promise<Result> {
  const giveUpAtMs = performance.now() + ttlMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isMemberLost(error) || performance.now() > giveUpAtMs) throw error;
      await sleep(retryDelayMs);
    }
  }
}
