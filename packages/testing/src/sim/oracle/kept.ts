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
  const endsAtMs = holdersOn(server, key).get(claim.token);
  if (endsAtMs === undefined) return 0;
  if (mode === "permits" && numbersOn(server, key, claim.token).join() !== numbers.join()) return 0;
  return Math.min(keyMs, (endsAtMs - wallMs) / server.clocks.rate);
}

/** Token -> when its hold ends, by the node's clock; only of those that have not ended. */
export function holdersOn(server: SimServer, key: string): ReadonlyMap<string, number> {
  const nowMs = Math.floor(server.clocks.wallMs);
  const map = server.model.keyspace.get(besideKey(fenceKey(key), "holders"), nowMs)?.map;
  return new Map(
    [...(map ?? [])].map(([token, end]) => [token, Number(end)] as const).filter(([, end]) => end > nowMs),
  );
}

/** Which permits the node has given to a token. */
export function numbersOn(server: SimServer, key: string, token: string): number[] {
  const map = server.model.keyspace.get(besideKey(fenceKey(key), "slots"), Math.floor(server.clocks.wallMs))?.map;
  const own = [...(map ?? [])].filter(([, text]) => /^\d+ (.*)$/s.exec(String(text))?.[1] === token);
  return own.map(([number]) => Number(number)).toSorted((a, b) => a - b);
}
