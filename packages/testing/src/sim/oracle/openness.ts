/**
 * Whether a caller who waits could have what it wants: nobody holds it in a way that keeps it out, on any node, and nobody
 * asked for it before. Where everything must be free for that, a reader among readers would sleep and nobody would see.
 */
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

export function isOpenTo(call: PendingCall, pending: readonly PendingCall[], around: Surroundings): boolean {
  const isFirst = pending.every(
    (other) => other === call || other.calledAtMs > call.calledAtMs + SLACK_MS || !areInTurn(other, call),
  );
  return isFirst && call.resources.every((resource) => isOpen(resource, call.beside, around));
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
  const claims = [...ledger.openOn(resource)];
  const key = keyPrefix + resource;
  if (isReader(beside, resource)) {
    return (
      claims.every((claim) => isReader(claim.beside, resource)) &&
      servers.every((server) => hasReaders(server, key, claims))
    );
  }
  if (beside !== undefined && "permits" in beside) {
    const { permits, weight } = beside;
    return servers.every((server) => takenBelow(server, key, permits) + weight <= permits);
  }
  return claims.length === 0 && servers.every((server) => textOn(server, key) === undefined);
}

/** Or nobody at all; who let them in may be alone yet on a node that has not heard. */
function hasReaders(server: SimServer, key: string, claims: readonly Claim[]): boolean {
  const text = textOn(server, key);
  if (text === undefined || MARKER.exec(text)?.[1] === "shared") return true;
  return claims.some((claim) => claim.token === text);
}

/** How many of them the node has given; all, where it is held in another way. */
function takenBelow(server: SimServer, key: string, permits: number): number {
  const text = textOn(server, key);
  if (text === undefined) return 0;
  if (MARKER.exec(text)?.[1] !== "permits") return permits;
  const holders = holdersOn(server, key);
  const taken = [...(mapOn(server, key, "slots") ?? [])].filter(
    ([number, latest]) => Number(number) < permits && holders.has(holderOf(latest)),
  );
  return taken.length;
}

function textOn({ clocks, model }: SimServer, key: string): string | undefined {
  return model.keyspace.get(key, Math.floor(clocks.wallMs))?.text;
}
