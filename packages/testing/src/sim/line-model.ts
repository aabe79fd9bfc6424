/**
 * The line of a resource as one node keeps it: who waits, lowest ticket first, and until when each place is kept. Part
 * of the specification of the Lua script, where it is a sorted set beside the fence.
 */
import { besideKey, type LineRank } from "@quorate/redlock/node";

/** An acquire that the node runs when it is its turn. */
export interface Place extends LineRank {
  readonly keptUntilMs: number;
  readonly number: number;
  /** 0: it is only called. */
  readonly claimMs: number;
  /** How it would hold, where it is only called; see `LinePlace`. */
  readonly how: string | undefined;
  readonly fence: number;
  readonly fenceLifeMs: number;
  readonly token: string;
  /** Of a waiter for several resources, all of them; else none. */
  readonly keys: readonly string[];
}

const MOST_PLACES = 4_096;
/** How many places one call looks at. */
export const MOST_LOOKS = 16;

/** The key of the line, for a fence key. */
export function lineKey(fenceKey: string): string {
  return besideKey(fenceKey, "line");
}

/** By ticket, and by name where two came in the same microsecond. */
export function isBefore(a: LineRank, b: LineRank): boolean {
  return a.ticket < b.ticket || (a.ticket === b.ticket && a.waiter < b.waiter);
}

export function isSameRank(a: LineRank, b: LineRank): boolean {
  return a.ticket === b.ticket && a.waiter === b.waiter;
}

/** Whether it would share this one of its keys: "s" all of them, "s<index>/..." some. */
export function isSharing({ how, keys }: Place, key: string): boolean {
  if (how === "s") return true;
  const indexes = /^s([\d/]+)$/.exec(how ?? "")?.[1]?.split("/") ?? [];
  return indexes.some((index) => keys[Number(index)] === key);
}

/** With the place in order, instead of the one of the same rank; `undefined` when there is no room. */
export function withPlace(places: readonly Place[], own: Place): Place[] | undefined {
  const others = places.filter((place) => !isSameRank(place, own));
  if (others.length === places.length && places.length >= MOST_PLACES) return undefined;
  const at = others.findIndex((place) => isBefore(own, place));
  others.splice(at < 0 ? others.length : at, 0, own);
  return others;
}
