/**
 * When all has been quiet for a while, no lock key is left that nobody has a right to: of a lock that was released, or
 * of a try that never won.
 */
import { fenceKey } from "@quorate/redlock/node";

import type { SimProcess } from "../process.ts";
import type { SimServer } from "../server.ts";
import type { Ledger } from "./ledger.ts";
import { holdersOn, MARKER } from "./kept.ts";
import { NEIGHBOURS_TEXT } from "./neighbours.ts";
import { isLockKey } from "../../lock-key.ts";

export interface TokenOwner {
  readonly process: SimProcess;
  readonly drawnAtMs: number;
}

/** Whose is a token. */
export interface Owners {
  readonly ledger: Ledger;
  readonly ownerOfToken: ReadonlyMap<string, TokenOwner>;
  readonly nowMs: number;
  /** When each node came to know less, or what was before. */
  readonly memoryLostAtMs: ReadonlyMap<number, number>;
  /** A try or a release that began this long ago is over on every node that can be reached. */
  readonly settlingMs: number;
}

export function* findOrphans(servers: readonly SimServer[], owners: Owners, keyPrefix: string): Iterable<string> {
  for (const server of servers) {
    const nowMs = Math.floor(server.clocks.wallMs);
    const names = server.model.keyspace.names(nowMs);
    const fences = new Set(names.map((name) => fenceKey(name)));
    for (const name of names) {
      const stored = server.model.keyspace.get(name, nowMs);
      if (stored?.text === NEIGHBOURS_TEXT) continue;
      if (stored?.endsAtMs === undefined && name.startsWith(keyPrefix)) yield `${server.name} keeps ${name} for ever`;
      if (fences.has(name) || !name.startsWith(keyPrefix) || !isLockKey(name) || isBeside(name)) continue;
      const isShared = MARKER.test(stored?.text ?? "");
      const tokens = isShared ? [...holdersOn(server, name).keys()] : [stored?.text ?? ""];
      if (tokens.length === 0 && stored!.endsAtMs! > nowMs + 1)
        yield `${server.name} keeps ${name}, which nobody holds`;
      for (const token of tokens) {
        const whose = whoseOrphan(token, server, owners);
        if (whose !== undefined) yield `${server.name} still keeps ${name} with ${token.slice(0, 6)} of ${whose}`;
      }
    }
  }
}

/** It ends with its lock key. */
function isBeside(name: string): boolean {
  return /:(?:holders|slots)$/.test(name);
}

/** `undefined` where somebody has a right to it yet. */
function whoseOrphan(token: string, server: SimServer, owners: Owners): string | undefined {
  const claim = owners.ledger.byToken.get(token);
  // A holder that forgot to release, or was killed, has a right to its key until the TTL; so has who gave it away.
  if (claim !== undefined && (claim.releasedAtMs === undefined || claim.isGivenAway)) return undefined;
  const owner = owners.ownerOfToken.get(token);
  const endedAtMs = claim?.releasedAtMs ?? owner?.drawnAtMs ?? 0;
  // What came back with an older memory, it keeps until its TTL.
  if ((owners.memoryLostAtMs.get(server.index) ?? 0) >= endedAtMs) return undefined;
  if (owner?.process.isKilled === true || owners.nowMs - endedAtMs < owners.settlingMs) return undefined;
  return claim === undefined ? "a try that never won" : `${claim.title}, released at ${claim.releasedAtMs}`;
}
