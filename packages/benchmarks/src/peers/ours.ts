/** This library, with connections of its own making. */
import { Redlock, type Lock } from "@quorate/redlock";
import type { Peer, PeerSetup } from "./peer.ts";

export interface OursMode {
  readonly fencing: boolean;
  readonly fair: boolean;
  /** Whether the nodes sync every write: then none forgets a lock, and the guard is not needed. */
  readonly durableNodes: boolean;
}

/** How the peer of that name is set up. */
export function oursMode(peer: string): OursMode {
  return {
    fencing: peer !== "ours-unfenced",
    fair: peer === "ours" || peer === "ours-durable",
    durableNodes: peer === "ours-durable",
  };
}

export async function openOurs(setup: PeerSetup, mode: OursMode): Promise<Peer<Lock> & { redlock: Redlock }> {
  const { urls, ttlMs, autoExtend, permits } = setup;
  const beside = permits === undefined ? {} : { permits };
  const redlock = Redlock.connect(urls, { ...mode, autoExtend, waitMs: 60_000 });
  // The servers of a benchmark are new: each must have been known for a TTL before its vote counts. No clock runs yet.
  await redlock.ready({ ttlMs, waitMs: 60_000 });
  return {
    redlock,
    acquire: (resources) => redlock.acquire(resources, ttlMs, beside),
    release: (lock) => lock.release(),
    close: () => redlock.close(),
  };
}
