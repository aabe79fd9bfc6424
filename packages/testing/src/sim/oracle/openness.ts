/**
 * Whether a caller who waits could have what it wants: nobody holds it in a way that keeps it out, on any node, and nobody
 * asked for it before. Where everything must be free for that, a reader among readers would sleep and nobody would see.
 */
import type { LockMode } from "@quorate/redlock";

import type { SimServer } from "../server.ts";
import type { Beside } from "../user/beside.ts";
import type { PendingCall } from "../user/pending-call.ts";
import type { Claim } from "./claim.ts";
import { holderOf, holdersOn, mapOn, MARKER } from "./kept.ts";
import type { Ledger } from "./ledger.ts";

/** Who asked so little before may be taken for the later one. */
const SLACK_MS = 100;

export interface Surroundings {
  readonly servers: readonly SimServer[];
  readonly ledger: Ledger;
  readonly keyPrefix: string;
}

/** Whether it came first, and it and whoever may have been taken for the first instead could go on. */
export function isOpenTo(call: PendingCall, pending: readonly PendingCall[], around: Surroundings): boolean {
  const rivals = pending.filter(
    (other) => other !== call && other.calledAtMs <= call.calledAtMs + SLACK_MS && areInTurn(other, call),
  );
  if (rivals.some(({ calledAtMs }) => calledAtMs < call.calledAtMs)) return false;
  return [call, ...rivals].every((each) => each.resources.every((resource) => isOpen(resource, each.beside, around)));
}

/** Whether one of them waits for the other, who came before: not among those who only share. */
export function areInTurn(call: PendingCall, other: PendingCall): boolean {
  const both = other.resources.filter((resource) => call.resources.includes(resource));
  return both.some((resource) => !isReader(other.beside, resource) || !isReader(call.beside, resource));
}

function isReader(beside: Beside | undefined, resource: string): boolean {
  return beside !== undefined && "shared" in beside && beside.shared.includes(resource);
}

function isOpen(resource: string, beside: Beside | undefined, { servers, ledger, keyPrefix }: Surroundings): boolean {
  const kept = servers.map((server) => keptOn(server, keyPrefix + resource, ledger));
  if (isReader(beside, resource)) {
    const isShared = ({ claims, mode }: Kept): boolean =>
      mode === "shared" || claims.every((claim) => isReader(claim.beside, resource));
    return [...ledger.openOn(resource)].every((claim) => isReader(claim.beside, resource)) && kept.every(isShared);
  }
  if (beside !== undefined && "permits" in beside) {
    const { permits, weight } = beside;
    // Who gives up a number beyond its K frees nothing for it, and calls nobody: it asks again when its place is renewed.
    const hasOtherCount = ({ beside: other }: Claim): boolean =>
      other !== undefined && "permits" in other && other.permits !== permits;
    if (kept.some(({ claims }) => claims.some(hasOtherCount))) return false;
    return kept.every((each) => takenBelow(permits, each) + weight <= permits);
  }
  return ledger.openOn(resource).size === 0 && kept.every(({ claims }) => claims.length === 0);
}

interface Kept {
  readonly mode: LockMode;
  readonly claims: readonly Claim[];
  /** Number -> its latest holder's token. */
  readonly slots: ReadonlyMap<string, number | string>;
}

/** What a node gave to a try that never won, or to one who waits, is nobody's: they have to let each other go on. */
function keptOn(server: SimServer, key: string, { byToken }: Ledger): Kept {
  const text = server.model.keyspace.get(key, Math.floor(server.clocks.wallMs))?.text;
  const marked = MARKER.exec(text ?? "")?.[1];
  const tokens = marked === undefined ? [text ?? ""] : [...holdersOn(server, key).keys()];
  return {
    mode: marked === "shared" || marked === "permits" ? marked : "exclusive",
    claims: tokens.flatMap((token) => byToken.get(token) ?? []),
    slots: mapOn(server, key, "slots") ?? new Map(),
  };
}

/** How many of them the node has given; all, where it is held in another way. */
function takenBelow(permits: number, { mode, claims, slots }: Kept): number {
  if (claims.length === 0) return 0;
  if (mode !== "permits") return permits;
  const taken = [...slots].filter(
    ([number, latest]) => Number(number) < permits && claims.some(({ token }) => token === holderOf(latest)),
  );
  return taken.length;
}
