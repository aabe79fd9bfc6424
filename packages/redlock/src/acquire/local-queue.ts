/**
 * The line of one process: callers who want the same resource stand behind each other, and only the first of them asks
 * Redis. A holder keeps its place until its lock ends; the next one's acquire is then sent in the same event-loop turn
 * as the release, and travels with it.
 *
 * Who asks for several resources stands only behind those who ask for just the same ones. It waits for all of them at
 * once, so it must keep nobody from one of them: that one may hold what it waits for itself. Between different sets the
 * nodes' lines decide.
 */

import type { Hold } from "../options/hold.ts";

/** What one place waits for. */
export interface QueueAhead {
  /** The first of the resources. */
  readonly key: string;
  readonly first: QueuePlace;
  readonly waitersAhead: number;
}

/** Whom one place can be beside: others of the same kind, for as long as their weights are at most so much together. */
export interface Beside {
  /** Infinity: who shares it. */
  readonly most: number;
  readonly weight: number;
}

/** `undefined`: nobody. */
export function besideOf(hold: Hold | undefined): Beside | undefined {
  if (hold === undefined) return undefined;
  return hold.mode === "permits" ? { most: hold.of, weight: hold.weight } : { most: Infinity, weight: 0 };
}

/** A lock that keeps a place. */
export interface Holder {
  readonly label: string | undefined;
  remainingMs(): number;
  onEnd: (() => void) | undefined;
  readonly beside?: { onShared: (() => void) | undefined };
}

/** After so many hand-overs in a row within this process, the others get a chance. */
const MOST_HAND_OVERS = 32;

export class QueuePlace {
  /** The lock that keeps this place; `undefined` while it is waited for. */
  holder: Holder | undefined;
  /** How often in a row the lock went from one to the next in this process before it came here. */
  handOverCount = 0;
  /** Why the last try from this place was not won: what those behind it wait for too. */
  lastFailure: unknown;
  readonly #queue: LocalQueue;
  readonly #keys: readonly string[];
  #onFirst: (() => void) | undefined;
  #beside: Beside | undefined;
  #isFirst: boolean;
  #hasLeft = false;
  /** @internal */
  previous: QueuePlace | undefined;
  /** @internal */
  next: QueuePlace | undefined;

  /** @internal */
  constructor(
    queue: LocalQueue,
    keys: readonly string[],
    previous: QueuePlace | undefined,
    beside: Beside | undefined,
  ) {
    this.#queue = queue;
    this.#keys = keys;
    this.previous = previous;
    this.#beside = beside;
    this.#isFirst = this.#fits();
  }

  /** Whether it may ask: nobody is before it, or only those whom it can be beside, or who hold it beside others. */
  get isFirst(): boolean {
    return this.#isFirst;
  }

  get isTurnOfOthers(): boolean {
    return this.handOverCount >= MOST_HAND_OVERS;
  }

  /** What it holds is shared from now on. */
  share(): void {
    this.#beside = { most: Infinity, weight: 0 };
    this.next?.lookAgain();
  }

  /** @internal Somebody before it has gone, or is less in the way. */
  lookAgain(): void {
    if (!this.#isFirst && this.#fits()) this.#becomeFirst();
    if (this.#isFirst && this.#beside !== undefined) this.next?.lookAgain();
  }

  #fits(): boolean {
    const { previous } = this;
    if (previous === undefined) return true;
    if (!previous.isFirst) return false;
    if (this.#isBehindHoldersOnly()) return true;
    const beside = this.#beside;
    if (beside === undefined) return false;
    let weight = beside.weight;
    for (let other: QueuePlace | undefined = previous; other !== undefined; other = other.previous) {
      if (other.#beside === undefined || (other.#beside.most === Infinity) !== (beside.most === Infinity)) return false;
      weight += other.#beside.weight;
    }
    return weight <= beside.most;
  }

  /**
   * Who waits only for what is held beside others takes its place on the nodes at once: other processes would else join
   * those who hold it for as long as one of this process does.
   */
  #isBehindHoldersOnly(): boolean {
    for (let other = this.previous; other !== undefined; other = other.previous) {
      if (other.holder === undefined || other.#beside === undefined) return false;
    }
    return true;
  }

  /** Who stands before it; `undefined` when it is first. */
  queue(): QueueAhead | undefined {
    if (this.previous === undefined) return undefined;
    let waitersAhead = 1;
    let first = this.previous;
    for (; first.previous !== undefined; first = first.previous) waitersAhead++;
    return { key: this.#keys[0]!, first, waitersAhead };
  }

  /** Calls back once, when the place has become first. Only on a place that is not. */
  whenFirst(callback: () => void): void {
    this.#onFirst = callback;
  }

  /** The lock was won: it keeps the place until it ends. */
  keepFor(holder: Holder): void {
    this.holder = holder;
    holder.onEnd = () => this.leave();
    if (holder.beside !== undefined) holder.beside.onShared = () => this.share();
    if (this.#beside !== undefined) this.next?.lookAgain();
  }

  /** Does nothing when it was left before. */
  leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    const { previous, next } = this;
    if (previous !== undefined) previous.next = next;
    if (next !== undefined) next.previous = previous;
    else this.#queue.endWith(this.#keys, previous);
    if (next === undefined) return;
    if (previous !== undefined) {
      if (this.#isFirst) next.lookAgain();
      return;
    }
    next.handOverCount = Math.max(next.handOverCount, this.handOverCount + (this.holder ? 1 : 0));
    next.lookAgain();
  }

  #becomeFirst(): void {
    this.#isFirst = true;
    const onFirst = this.#onFirst;
    this.#onFirst = undefined;
    onFirst?.();
  }
}

export class LocalQueue {
  /** The last place of each line. */
  readonly #last = new Map<string, QueuePlace>();

  isFree(keys: readonly string[]): boolean {
    return !this.#last.has(nameOf(keys));
  }

  enter(keys: readonly string[], beside?: Beside): QueuePlace {
    const name = nameOf(keys);
    const previous = this.#last.get(name);
    const place = new QueuePlace(this, keys, previous, beside);
    if (previous !== undefined) previous.next = place;
    this.#last.set(name, place);
    return place;
  }

  /** @internal */
  endWith(keys: readonly string[], last: QueuePlace | undefined): void {
    if (last === undefined) this.#last.delete(nameOf(keys));
    else this.#last.set(nameOf(keys), last);
  }
}

/** The same for the same set, in whatever order. Of one resource its own name, and no set is called so. */
function nameOf(keys: readonly string[]): string {
  return keys.length === 1 ? `=${keys[0]!}` : JSON.stringify(keys.toSorted());
}
