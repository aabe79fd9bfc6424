import { isLifeRecord } from "@quorate/redlock/node";

/**
 * The keys of one simulated master. Redis keeps a key's end as a moment of its own wall clock, in whole milliseconds,
 * and takes the key for gone only when that moment has passed: so a key never ends early by rounding, and a step of
 * the wall clock moves the end of every key there is.
 */
import type { Place } from "./line-model.ts";

export interface StoredKey {
  /** `undefined` where the key is not a string: a line of waiters, or a hash or list that belongs to someone else. */
  readonly text: string | undefined;
  /** The sorted set of a line, in order. */
  readonly places?: readonly Place[];
  /** Another sorted set, or a hash. */
  readonly map?: ReadonlyMap<string, number | string>;
  /** Wall clock, whole milliseconds; `undefined` for a key without a time to live. */
  readonly endsAtMs: number | undefined;
}

export class Keyspace {
  readonly #keys: Map<string, StoredKey>;

  constructor(keys: Iterable<readonly [string, StoredKey]> = []) {
    this.#keys = new Map(keys);
  }

  get(key: string, nowMs: number): StoredKey | undefined {
    const stored = this.#keys.get(key);
    if (stored === undefined) return undefined;
    if (stored.endsAtMs === undefined || nowMs <= stored.endsAtMs) return stored;
    this.#keys.delete(key);
    return undefined;
  }

  set(key: string, text: string, endsAtMs: number | undefined): void {
    this.#keys.set(key, { text, endsAtMs });
  }

  /** A sorted set without members is no key. */
  setPlaces(key: string, places: readonly Place[], endsAtMs: number | undefined): void {
    if (places.length === 0) this.#keys.delete(key);
    else this.#keys.set(key, { text: undefined, places, endsAtMs });
  }

  /** Without members it is no key. */
  setMap(key: string, map: ReadonlyMap<string, number | string>, endsAtMs: number | undefined): void {
    if (map.size === 0) this.#keys.delete(key);
    else this.#keys.set(key, { text: undefined, map, endsAtMs });
  }

  /** Puts someone else's hash or list there. */
  setForeign(key: string): void {
    this.#keys.set(key, { text: undefined, endsAtMs: undefined });
  }

  /** As PEXPIRE: a key that would end in the past is deleted. */
  endAt(key: string, endsAtMs: number, nowMs: number): void {
    const stored = this.get(key, nowMs);
    if (stored === undefined) return;
    if (endsAtMs <= nowMs) this.#keys.delete(key);
    else this.#keys.set(key, { ...stored, endsAtMs });
  }

  delete(key: string, nowMs: number): boolean {
    return this.get(key, nowMs) !== undefined && this.#keys.delete(key);
  }

  /** As PTTL: -2 when there is none, -1 without a time to live. */
  remainingMs(key: string, nowMs: number): number {
    const stored = this.get(key, nowMs);
    if (stored === undefined) return -2;
    return stored.endsAtMs === undefined ? -1 : stored.endsAtMs - nowMs;
  }

  /** Without the record of how old this memory is. */
  names(nowMs: number): string[] {
    return [...this.#keys.keys()].filter((key) => this.get(key, nowMs) !== undefined && !isLifeRecord(key));
  }

  /** A copy, as a snapshot on disk would hold it. */
  snapshot(): Keyspace {
    return new Keyspace(this.#keys);
  }
}
