/**
 * The line of one process: callers who want the same resource stand behind each other, and only the first of them asks
 * Redis. A holder keeps its place until its lock ends; the next one's acquire is then sent in the same event-loop turn
 * as the release, and travels with it.
 *
 * A place on several resources is taken on all of them at once, so that of two requests one is ahead of the other
 * everywhere: they cannot wait for each other.
 */

/** One place's link in one resource's line. */
interface Link {
  readonly key: string;
  readonly place: QueuePlace;
  previous: Link | undefined;
  next: Link | undefined;
}

/** What one place waits for in one resource's line. */
export interface QueueAhead {
  readonly key: string;
  readonly first: QueuePlace;
  readonly waitersAhead: number;
}

/** A lock that keeps a place. */
export interface Holder {
  readonly label: string | undefined;
  remainingMs(): number;
  onEnd: (() => void) | undefined;
}

export class QueuePlace {
  /** The lock that keeps this place; `undefined` while it is waited for. */
  holder: Holder | undefined;
  /** How often in a row the lock went from one to the next in this process before it came here. */
  handOverCount = 0;
  /** Why the last try from this place was not won: what those behind it wait for too. */
  lastFailure: unknown;
  readonly #line: LocalQueue;
  /** Where others stand before it. */
  #waitersAhead = 0;
  #links: Link[] = [];
  #onFirst: (() => void) | undefined;

  /** @internal */
  constructor(line: LocalQueue) {
    this.#line = line;
  }

  get isFirst(): boolean {
    return this.#waitersAhead === 0;
  }

  /** Who stands before it, in the first of its lines where somebody does; `undefined` when it is first. */
  queue(): QueueAhead | undefined {
    let link = this.#links.find((own) => own.previous !== undefined);
    if (link === undefined) return undefined;
    let waitersAhead = 0;
    for (; link.previous !== undefined; link = link.previous) waitersAhead++;
    return { key: link.key, first: link.place, waitersAhead };
  }

  /** Calls back once, when the place has become first. Only on a place that is not. */
  whenFirst(callback: () => void): void {
    this.#onFirst = callback;
  }

  /** The lock was won: it keeps the place until it ends. */
  keepFor(holder: Holder): void {
    this.holder = holder;
    holder.onEnd = () => this.leave();
  }

  /** Does nothing when it was left before. */
  leave(): void {
    for (const link of this.#links.splice(0)) this.#line.unlink(link);
  }

  /** @internal */
  link(link: Link): void {
    this.#links.push(link);
    if (link.previous !== undefined) this.#waitersAhead++;
  }

  /** @internal */
  moveUp(): void {
    if (--this.#waitersAhead > 0) return;
    const onFirst = this.#onFirst;
    this.#onFirst = undefined;
    onFirst?.();
  }
}

export class LocalQueue {
  /** The last link of each resource's line. */
  readonly #tails = new Map<string, Link>();

  isFree(keys: readonly string[]): boolean {
    return keys.every((key) => !this.#tails.has(key));
  }

  enter(keys: readonly string[]): QueuePlace {
    const place = new QueuePlace(this);
    for (const key of keys) {
      const previous = this.#tails.get(key);
      const link: Link = { key, place, previous, next: undefined };
      if (previous !== undefined) previous.next = link;
      this.#tails.set(key, link);
      place.link(link);
    }
    return place;
  }

  /** @internal */
  unlink(link: Link): void {
    const { key, place, previous, next } = link;
    if (previous !== undefined) previous.next = next;
    if (next !== undefined) next.previous = previous;
    else if (previous !== undefined) this.#tails.set(key, previous);
    else this.#tails.delete(key);
    if (previous !== undefined || next === undefined) return;
    next.place.handOverCount = Math.max(next.place.handOverCount, place.handOverCount + (place.holder ? 1 : 0));
    next.place.moveUp();
  }
}
