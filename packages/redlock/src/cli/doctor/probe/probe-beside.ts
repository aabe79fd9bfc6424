/** Who holds a lock key together with others, and who waits for it, as lua/holders.lua and lua/line.lua keep it on a node. */
import { Buffer } from "node:buffer";
import type { LockMode } from "../../../core/vote.ts";
import type { RawClient } from "../../../node/ioredis/raw-client.ts";
import { besideKey, fenceKey } from "../../../node/keys.ts";
import type { HeldKey } from "../facts.ts";

/** How one who waits would hold it. */
export interface WaitingFor {
  readonly mode: LockMode;
  /** Of permits: how many it wants, and of how many. */
  readonly weight: number | null;
  readonly permits: number | null;
}

/** Of very many readers, those are read whose hold ends last. */
const mostHolders = 1_024;
/** A line may be long: as many of its first places are read. */
const mostPlaces = 256;

export function lineKey(key: string): string {
  return besideKey(fenceKey(key), "line");
}

/** `remainingMs`: of the lock key, which ends with the last of them. */
export async function readHolders(
  client: RawClient,
  key: string,
  mode: LockMode,
  remainingMs: number,
): Promise<Pick<HeldKey, "token" | "permits" | "remainingMs">[]> {
  const fence = fenceKey(key);
  const [ends, slots] = await Promise.all([
    client.call("ZREVRANGE", besideKey(fence, "holders"), 0, mostHolders - 1, "WITHSCORES"),
    mode === "permits" ? client.call("HGETALL", besideKey(fence, "slots")) : [],
  ]);
  const scores = pairs(ends).map(([token, end]) => ({ token, endMs: Number(end) }));
  const lastMs = scores[0]?.endMs ?? 0;
  const numbers = numbersByToken(slots);
  return scores.flatMap(({ token, endMs }) => {
    const leftMs = remainingMs - (lastMs - endMs);
    return leftMs <= 0 ? [] : [{ token, permits: numbers.get(token) ?? [], remainingMs: leftMs }];
  });
}

/** Number -> "T token" of its latest holder. */
function numbersByToken(slots: unknown): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const [number, holder] of pairs(slots)) {
    const token = holder.slice(holder.indexOf(" ") + 1);
    found.set(
      token,
      [...(found.get(token) ?? []), Number(number)].toSorted((a, b) => a - b),
    );
  }
  return found;
}

/** RESP2 answers with one list, RESP3 with a list of pairs or a map. */
function pairs(reply: unknown): (readonly [string, string])[] {
  if (!Array.isArray(reply)) return Object.entries((reply ?? {}) as Record<string, string>);
  if (Array.isArray(reply[0])) return reply.map(([name, value]: unknown[]) => [String(name), String(value)]);
  return reply.flatMap((name, index) => (index % 2 === 0 ? [[String(name), String(reply[index + 1])]] : []));
}

/** The first in the node's line, in order. Rejects where that may not be asked. */
export async function readLine(client: RawClient, key: string): Promise<WaitingFor[]> {
  const places = await client.call("ZRANGE", lineKey(key), 0, mostPlaces - 1);
  return Array.isArray(places) ? places.flatMap((place) => waitingFor(String(place), key) ?? []) : [];
}

/** "<ticket> <waiter> <kept until> <number> <claim ms><how> <fence> <fence TTL> <token> <key> ..."; the last are "<bytes>:<text>". */
function waitingFor(place: string, key: string): WaitingFor | undefined {
  const [head, how] = /^\d+ \S+ \d+ \d+ \d+(\S*) \d+ \d+ (?=\d+:)/.exec(place) ?? [];
  if (head === undefined || how === undefined) return undefined;
  const [, weight, of] = /^p(\d+)\/(\d+)$/.exec(how) ?? [];
  if (weight !== undefined) return { mode: "permits", weight: Number(weight), permits: Number(of) };
  const [, ...keys] = textsIn(place.slice(head.length));
  // "s": all that it asks for is shared; "s<index>/<index>": some.
  const isShared =
    how === "s" ||
    (how !== "" &&
      how
        .slice(1)
        .split("/")
        .some((index) => keys[Number(index)] === key));
  return { mode: isShared ? "shared" : "exclusive", weight: null, permits: null };
}

/** What is written as "<bytes>:<text>", each behind a space. */
function textsIn(written: string): string[] {
  const bytes = Buffer.from(written);
  const texts: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const colon = bytes.indexOf(":", at);
    const end = colon + 1 + Number(bytes.toString("latin1", at, colon));
    if (colon < 0 || !(end > colon)) break;
    texts.push(bytes.toString("utf8", colon + 1, end));
    at = end + 1;
  }
  return texts;
}
