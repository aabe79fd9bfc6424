/** How long a node really keeps a claim, and for whom: read from its keys as they are, not through the script. */
import { besideKey, fenceKey } from "@quorate/redlock/node";

import type { SimServer } from "../server.ts";
import type { Claim } from "./claim.ts";

/** Of the lock key of who holds it together with others. */
export const MARKER: RegExp = /^(shared|permits) \d+$/;

/** In true time; 0 where it is not kept. `key`: of this resource of the claim. */
export function lifeMsOf(server: SimServer, key: string, claim: Claim, resource: string): number {
  const wallMs = server.clocks.wallMs;
  const stored = server.model.keyspace.get(key, Math.floor(wallMs));
  const { mode, numbers } = claim.waysOf(resource);
  // Redis takes a key for gone when its last whole millisecond is over.
  const keyMs =
    stored?.endsAtMs === undefined ? Number.POSITIVE_INFINITY : (stored.endsAtMs + 1 - wallMs) / server.clocks.rate;
  // A reader who was alone may be so yet, on a node that has not heard.
  if (stored?.text === claim.token) return mode === "permits" ? 0 : keyMs;
  if (mode === "exclusive" || MARKER.exec(stored?.text ?? "")?.[1] !== mode) return 0;
  const nowMs = Math.floor(wallMs);
  const endsAtMs = Number(mapOn(server, key, "holders")?.get(claim.token) ?? 0);
  if (endsAtMs <= nowMs) return 0;
  if (mode === "permits" && numbersOn(server, key, claim.token).join() !== numbers.join()) return 0;
  return Math.min(keyMs, (endsAtMs - wallMs) / server.clocks.rate);
}

/** Token -> when its hold ends, by the node's clock; only of those that have not ended. */
export function holdersOn(server: SimServer, key: string): ReadonlyMap<string, number> {
  const nowMs = Math.floor(server.clocks.wallMs);
  const holders = new Map<string, number>();
  for (const [token, end] of mapOn(server, key, "holders") ?? []) {
    if (Number(end) > nowMs) holders.set(token, Number(end));
  }
  return holders;
}

/** Which permits the node has given to a token. */
export function numbersOn(server: SimServer, key: string, token: string): number[] {
  const numbers: number[] = [];
  for (const [number, latest] of mapOn(server, key, "slots") ?? []) {
    if (holderOf(latest) === token) numbers.push(Number(number));
  }
  return numbers.toSorted((a, b) => a - b);
}

/** Of "T token". */
export function holderOf(latest: string | number): string {
  const text = String(latest);
  return text.slice(text.indexOf(" ") + 1);
}

/** What is kept beside a lock key. */
export function mapOn(
  server: SimServer,
  key: string,
  name: "holders" | "slots",
): ReadonlyMap<string, number | string> | undefined {
  return server.model.keyspace.get(besideKey(fenceKey(key), name), Math.floor(server.clocks.wallMs))?.map;
}
