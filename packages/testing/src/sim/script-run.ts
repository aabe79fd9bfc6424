/**
 * One call of the script on a node, at one moment of the node's clock: what it sees of the keys, and what it may do to
 * them. The rules of each verb are in node-model.ts.
 */
import { fenceKey, type LinePlace, releaseChannel } from "@quorate/redlock/node";

import type { Keyspace } from "./keyspace.ts";
import { lineKey, readLine, stand, type Waiter, writeLine } from "./line-model.ts";

/** A release that the node announced to its subscribers. */
export interface Notice {
  readonly channel: string;
  readonly message: string;
}

/** How far in the future of the node's own clock a fencing token may lie: one day, in microseconds. */
const FENCE_LEAD_US = 86_400_000_000;
const OUT_OF_MEMORY = "OOM command not allowed when used memory > 'maxmemory'.";
const WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value";

/** What a command inside the script raises; what was done before it stays done. */
export class CommandError extends Error {}

export class ScriptRun {
  readonly keyspace: Keyspace;
  readonly nowMs: number;
  readonly notices: Notice[] = [];
  /** Whether it has changed anything yet. */
  hasWritten = false;
  readonly #isFull: boolean;

  constructor(keyspace: Keyspace, nowMs: number, isFull: boolean) {
    this.keyspace = keyspace;
    this.nowMs = nowMs;
    this.#isFull = isFull;
  }

  /** `undefined` when nobody has stood there. */
  line(key: string, leaver?: string): Waiter[] | undefined {
    const text = this.keyspace.get(lineKey(fenceKey(key)), this.nowMs)?.text;
    return text === undefined ? undefined : readLine(text, this.nowMs, leaver);
  }

  /** Without memory the line stays as it was; answers whether it was written. */
  writeLine(key: string, places: readonly Waiter[]): boolean {
    const name = lineKey(fenceKey(key));
    if (places.length > 0 && this.#isFull && !this.hasWritten) return false;
    this.hasWritten = true;
    if (places.length === 0) this.keyspace.delete(name, this.nowMs);
    else this.keyspace.set(name, writeLine(places), Math.max(...places.map(({ keptUntilMs }) => keptUntilMs)));
    return true;
  }

  /** Takes a place in every line; answers how many are before it in that of `index`, -1 when it has none. */
  stand(
    keys: readonly string[],
    lines: readonly (Waiter[] | undefined)[],
    place: LinePlace | undefined,
    index: number,
  ): number {
    if (place === undefined || lines.length === 0) return -1;
    const waitersAhead = keys.map((key, at) => {
      const places = stand(lines[at] ?? [], place, this.nowMs);
      if (places === undefined || !this.writeLine(key, places)) return -1;
      return places.findIndex(({ waiter }) => waiter === place.waiter);
    });
    return waitersAhead[index]!;
  }

  announce(key: string, waiter: string, fence: number): void {
    const channel = releaseChannel(key, waiter === "" ? undefined : waiter.split(".")[0]);
    this.notices.push({ channel, message: `${waiter} ${fence}` });
  }

  /** Who holds it; `undefined` when it is free. Someone else's hash or list is an error. */
  token(key: string): string | undefined {
    const stored = this.keyspace.get(key, this.nowMs);
    if (stored !== undefined && stored.text === undefined) throw new CommandError(WRONG_TYPE);
    return stored?.text;
  }

  remaining(key: string): number {
    return this.keyspace.remainingMs(key, this.nowMs);
  }

  set(key: string, text: string, lifeMs: number): void {
    this.requireMemory();
    this.hasWritten = true;
    this.keyspace.set(key, text, this.nowMs + lifeMs);
  }

  /** A script that has written once is not stopped halfway: only its first SET is refused. */
  requireMemory(): void {
    if (this.#isFull && !this.hasWritten) throw new CommandError(OUT_OF_MEMORY);
  }

  /** PEXPIRE, which works without memory. */
  endIn(key: string, lifeMs: number): void {
    this.hasWritten = true;
    this.keyspace.endAt(key, this.nowMs + lifeMs, this.nowMs);
  }

  get latestFence(): number {
    return this.nowMs * 1000 + FENCE_LEAD_US;
  }

  fence(key: string): number {
    return Number(this.keyspace.get(fenceKey(key), this.nowMs)?.text ?? 0);
  }

  highestFence(operation: { readonly keys: readonly string[]; readonly fence: number }): number {
    if (operation.fence === 0) return 0;
    return Math.max(0, ...operation.keys.map((key) => this.fence(key)));
  }

  raiseFence(key: string, fence: number, lifeMs: number): void {
    if (this.fence(key) < fence) this.set(fenceKey(key), String(fence), lifeMs);
    else if (this.remaining(fenceKey(key)) < lifeMs) this.endIn(fenceKey(key), lifeMs);
  }

  /** A fence that no acquire could pass leaves no tombstone, or one broken clock would shut everybody out. */
  bury(key: string, fence: number, buryMs: number): void {
    const tombstone = fence + 1;
    if (fence > this.latestFence || this.fence(key) >= tombstone) return;
    // Without memory a late acquire is refused for the same reason as its tombstone.
    if (this.#isFull && !this.hasWritten) return;
    this.set(fenceKey(key), String(tombstone), Math.max(buryMs, this.remaining(fenceKey(key))));
  }
}
