/**
 * One call of the script on a node, at one moment of the node's clock: what it sees of the keys, and what it may do to
 * them. The rules of each verb are in node-verbs.ts.
 */
import { fenceKey, releaseChannel } from "@quorate/redlock/node";

import { type Fence, fenceOf, textOf } from "./fence-model.ts";
import type { Keyspace } from "./keyspace.ts";
import { lineKey, type Place, withPlace } from "./line-model.ts";

/** Something that the node published for its subscribers. */
export interface Notice {
  readonly channel: string;
  readonly message: string;
}

/** The node around a call. */
export interface CallSurroundings {
  readonly keyspace: Keyspace;
  readonly nowMs: number;
  readonly isFull: boolean;
  /** Which life of the server this is, as its messages tell it. */
  readonly life: string;
  listenerCount(channel: string): number;
}

/** How far in the future of the node's own clock a fencing token may lie: one day, in microseconds. */
const FENCE_LEAD_US = 86_400_000_000;
const OUT_OF_MEMORY = "OOM command not allowed when used memory > 'maxmemory'.";
const WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value";
const NO_FENCE = "FENCE the key holds something that is no fencing token";
const NO_LINE = "LINE the key holds something that is no line of waiters";

/** What a command inside the script raises; what was done before it stays done. */
export class CommandError extends Error {}

export class ScriptRun {
  readonly keyspace: Keyspace;
  readonly nowMs: number;
  readonly notices: Notice[] = [];
  /** Whether it has changed anything yet. */
  hasWritten = false;
  readonly #around: CallSurroundings;

  constructor(around: CallSurroundings) {
    this.keyspace = around.keyspace;
    this.nowMs = around.nowMs;
    this.#around = around;
  }

  get life(): string {
    return this.#around.life;
  }

  get latestFence(): number {
    return this.nowMs * 1000 + FENCE_LEAD_US;
  }

  /** As MGET: `undefined` when it is free, and when it holds something else than a string. */
  text(key: string): string | undefined {
    return this.keyspace.get(key, this.nowMs)?.text;
  }

  /** It holds something else than a string, and no part of this lock. */
  isForeign(key: string): boolean {
    const stored = this.keyspace.get(key, this.nowMs);
    return stored !== undefined && stored.text === undefined && stored.map === undefined;
  }

  isFree(key: string): boolean {
    return this.keyspace.get(key, this.nowMs) === undefined;
  }

  /** As GET: someone else's hash or list is an error. */
  token(key: string): string | undefined {
    const stored = this.keyspace.get(key, this.nowMs);
    if (stored !== undefined && stored.text === undefined) throw new CommandError(WRONG_TYPE);
    return stored?.text;
  }

  remaining(key: string): number {
    return this.keyspace.remainingMs(key, this.nowMs);
  }

  /** A write that needs memory. A script that has written once is not stopped halfway: only its first one is refused. */
  requireMemory(): void {
    if (this.#around.isFull && !this.hasWritten) throw new CommandError(OUT_OF_MEMORY);
    this.hasWritten = true;
  }

  set(key: string, text: string, lifeMs: number): void {
    this.requireMemory();
    if (this.keyspace.get(key, this.nowMs) !== undefined && this.text(key) === undefined) {
      throw new CommandError(WRONG_TYPE);
    }
    this.keyspace.set(key, text, this.nowMs + lifeMs);
  }

  setForEver(key: string, text: string): void {
    this.requireMemory();
    this.keyspace.set(key, text, undefined);
  }

  delete(key: string): void {
    this.hasWritten = true;
    this.keyspace.delete(key, this.nowMs);
  }

  /** PEXPIRE, which works without memory. */
  endIn(key: string, lifeMs: number): void {
    this.hasWritten = true;
    this.keyspace.endAt(key, this.nowMs + lifeMs, this.nowMs);
  }

  /** Whether a write that needs memory is done. */
  get canWrite(): boolean {
    return !this.#around.isFull || this.hasWritten;
  }

  /** A sorted set or hash beside a lock key; what is no such is as if it were not there. */
  map(key: string): ReadonlyMap<string, number | string> {
    return this.keyspace.get(key, this.nowMs)?.map ?? new Map();
  }

  setMap(key: string, map: ReadonlyMap<string, number | string>, endsAtMs: number | undefined): void {
    this.requireMemory();
    this.keyspace.setMap(key, map, endsAtMs);
  }

  fence(lockKey: string): Fence {
    const key = fenceKey(lockKey);
    const fence = fenceOf(key, this.text(key));
    if (fence === undefined) throw new CommandError(NO_FENCE);
    return fence;
  }

  /** Keeps a changed fence for at least `lifeMs`, and never for less than it had. */
  writeFence(fence: Fence, lifeMs: number): void {
    const text = textOf(fence);
    if (text !== fence.text) this.set(fence.key, text, Math.max(lifeMs, this.remaining(fence.key)));
    else if (this.remaining(fence.key) < lifeMs) this.endIn(fence.key, lifeMs);
  }

  /** For a grant: a fence that is raised lives as long as the lock needs it, one that stays, or has a line, no shorter. */
  raiseFence(fence: Fence, lifeMs: number): void {
    if (fence.isRaised === true && !fence.hasLine) this.set(fence.key, textOf(fence), lifeMs);
    else this.writeFence(fence, lifeMs);
  }

  places(fence: Pick<Fence, "key">): readonly Place[] {
    return this.keyspace.get(lineKey(fence.key), this.nowMs)?.places ?? [];
  }

  endPlace(fence: Pick<Fence, "key">, ended: Place): void {
    const key = lineKey(fence.key);
    this.hasWritten = true;
    const stored = this.keyspace.get(key, this.nowMs);
    if (stored?.places === undefined) return;
    const rest = stored.places.filter((place) => place !== ended);
    this.keyspace.setPlaces(key, rest, stored.endsAtMs);
  }

  /** Takes or renews a place; answers how many are before it, -1 when there is no room, or no memory. */
  stand(fence: Fence, own: Place): number {
    const key = lineKey(fence.key);
    const stored = this.keyspace.get(key, this.nowMs);
    if (stored !== undefined && stored.places === undefined) throw new CommandError(NO_LINE);
    const places = withPlace(stored?.places ?? [], own);
    if (places === undefined || (this.#around.isFull && !this.hasWritten)) return -1;
    this.hasWritten = true;
    this.keyspace.setPlaces(key, places, Math.max(stored?.endsAtMs ?? 0, own.keptUntilMs));
    fence.hasLine = true;
    this.writeFence(fence, own.keptUntilMs - this.nowMs);
    return places.indexOf(own);
  }

  noteEmptied(fence: Fence): void {
    if (fence.hasLine && this.isFree(lineKey(fence.key))) fence.hasLine = false;
  }

  /** Answers how many heard it. */
  publish(channel: string, message: string): number {
    this.notices.push({ channel, message });
    return this.#around.listenerCount(channel);
  }

  /** Tells a waiter something on the channel of its process; answers whether anybody heard it. */
  tell(lockKey: string, waiter: string, message: string): boolean {
    return this.publish(releaseChannel(lockKey, waiter.split(".")[0]), waiter + message) > 0;
  }
}
