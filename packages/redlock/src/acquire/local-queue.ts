/**
 * The line of one process: callers who want the same resource stand behind each other, and only the first of them asks
 * Redis. A holder keeps its place until its lock ends; the next one's acquire is then sent in the same event-loop turn
 * as the release, and travels with it.
 *
 * Who asks for several resources stands only behind those who ask for just the same ones. It waits for all of them at
 * once, so it must keep nobody from one of them: that one may hold what it waits for itself. Between different sets the
 * nodes' lines decide.
 */

import { type Beside, LineHead } from "./line-head.ts";

/** What one place waits for. */
export interface QueueAhead {
  /** The first of the resources. */
  readonly key: string;
  readonly first: QueuePlace;
  readonly waitersAhead: number;
}

/** A lock that keeps a place. */
export interface Holder {
  readonly label: string | undefined;
  remainingMs(): number;
  onEnd: (() => void) | undefined;
  onShared?: (() => void) | undefined;
}

/** After so many hand-overs in a row within this process, the others get a chance. */
const MOST_HAND_OVERS = 32;

/** All who want the same resources: those at the head who have their turn, and behind them those who wait. */
class Line {
  first: QueuePlace | undefined;
  last: QueuePlace | undefined;
  /** The first of those who wait. */
  waiting: QueuePlace | undefined;
  /** At the head, how many want it alone, or have it. */
  #aloneCount = 0;
  /** At the head, the others: made for the first of them. */
  #besideOthers: LineHead | undefined;
  readonly #name: string;
  readonly #lines: Map<string, Line>;

  constructor(name: string, lines: Map<string, Line>) {
    this.#name = name;
    this.#lines = lines;
    lines.set(name, this);
  }

  /** `by`: 1 for who is at the head now, -1 for who is there no more. */
  count(beside: Beside | undefined, isHolder: boolean, by: 1 | -1): void {
    if (beside === undefined) this.#aloneCount += by;
    else (this.#besideOthers ??= new LineHead()).count(beside, isHolder, by);
  }

  #fits(beside: Beside | undefined): boolean {
    return this.#aloneCount === 0 && this.#besideOthers?.fits(beside) !== false;
  }

  /** To be called when somebody has come, has gone, or is less in the way. A loop: a callback may end others' places. */
  letIn(): void {
    for (let next = this.waiting; next !== undefined; next = this.waiting) {
      if (next.previous !== undefined && !this.#fits(next.beside)) return;
      this.waiting = next.next;
      this.count(next.beside, next.holder !== undefined, 1);
      next.becomeFirst();
    }
  }

  endIfEmpty(): void {
    if (this.first === undefined) this.#lines.delete(this.#name);
  }
}

export class QueuePlace {
  /** The lock that keeps this place; `undefined` while it is waited for. */
  holder: Holder | undefined;
  /** How often in a row the lock went from one to the next in this process before it came here. */
  handOverCount = 0;
  /** Why the last try from this place was not won: what those behind it wait for too. */
  lastFailure: unknown;
  /** Whether it may ask: nobody is before it, or only those whom it can be beside, or who hold it beside others. */
  isFirst = false;
  /** @internal */
  beside: Beside | undefined;
  /** @internal */
  previous: QueuePlace | undefined;
  /** @internal */
  next: QueuePlace | undefined;
  readonly #line: Line;
  readonly #keys: readonly string[];
  #onFirst: (() => void) | undefined;
  #hasLeft = false;

  /** @internal */
  constructor(line: Line, keys: readonly string[], beside: Beside | undefined) {
    this.#line = line;
    this.#keys = keys;
    this.beside = beside;
    this.previous = line.last;
    if (line.last === undefined) line.first = this;
    else line.last.next = this;
    line.last = this;
    line.waiting ??= this;
    line.letIn();
  }

  get isTurnOfOthers(): boolean {
    return this.handOverCount >= MOST_HAND_OVERS;
  }

  /** What it holds is shared from now on. */
  share(): void {
    this.#become(() => (this.beside = { most: Infinity, weight: 0 }));
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

  /** @internal */
  becomeFirst(): void {
    this.isFirst = true;
    const onFirst = this.#onFirst;
    this.#onFirst = undefined;
    onFirst?.();
  }

  /** The lock was won: it keeps the place until it ends. */
  keepFor(holder: Holder): void {
    holder.onEnd = () => this.leave();
    holder.onShared = () => this.share();
    if (this.beside === undefined) this.holder = holder;
    else this.#become(() => (this.holder = holder));
  }

  /** What others have to be beside of changes. */
  #become(change: () => void): void {
    this.#count(-1);
    change();
    this.#count(1);
    this.#line.letIn();
  }

  #count(by: 1 | -1): void {
    if (this.isFirst && !this.#hasLeft) this.#line.count(this.beside, this.holder !== undefined, by);
  }

  /** Does nothing when it was left before. */
  leave(): void {
    if (this.#hasLeft) return;
    this.#count(-1);
    this.#hasLeft = true;
    const { previous, next } = this;
    const line = this.#line;
    if (previous === undefined) line.first = next;
    else previous.next = next;
    if (next === undefined) line.last = previous;
    else next.previous = previous;
    if (line.waiting === this) line.waiting = next;
    if (previous === undefined && next !== undefined) {
      next.handOverCount = Math.max(next.handOverCount, this.handOverCount + (this.holder ? 1 : 0));
    }
    line.endIfEmpty();
    line.letIn();
  }
}

export class LocalQueue {
  readonly #lines = new Map<string, Line>();

  isFree(keys: readonly string[]): boolean {
    return !this.#lines.has(nameOf(keys));
  }

  enter(keys: readonly string[], beside?: Beside): QueuePlace {
    const name = nameOf(keys);
    return new QueuePlace(this.#lines.get(name) ?? new Line(name, this.#lines), keys, beside);
  }
}

/** The same for the same set, in whatever order. Of one resource its own name, and no set is called so. */
function nameOf(keys: readonly string[]): string {
  return keys.length === 1 ? `=${keys[0]!}` : JSON.stringify(keys.toSorted());
}
