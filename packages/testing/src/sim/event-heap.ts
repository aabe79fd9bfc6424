/**
 * Events by time, ties by the order they were asked for. Cancelled events stay inside until their time comes: most
 * timers of a lock are cancelled, and finding them in the middle would cost more than skipping them.
 */
export interface ScheduledEvent {
  readonly atMs: number;
  readonly sequence: number;
  /** `undefined` once cancelled. */
  callback: (() => void) | undefined;
}

export class EventHeap {
  readonly #events: ScheduledEvent[] = [];

  push(event: ScheduledEvent): void {
    const events = this.#events;
    let hole = events.length;
    events.push(event);
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      const above = events[parent] as ScheduledEvent;
      if (!isBefore(event, above)) break;
      events[hole] = above;
      hole = parent;
    }
    events[hole] = event;
  }

  /** Takes the earliest event that is not cancelled, unless it lies after `untilMs`. */
  popUntil(untilMs: number): ScheduledEvent | undefined {
    for (;;) {
      const first = this.#events[0];
      if (first === undefined) return undefined;
      if (first.callback !== undefined && first.atMs > untilMs) return undefined;
      this.#removeFirst();
      if (first.callback !== undefined) return first;
    }
  }

  #removeFirst(): void {
    const events = this.#events;
    const last = events.pop() as ScheduledEvent;
    const length = events.length;
    if (length === 0) return;
    let hole = 0;
    for (;;) {
      const left = 2 * hole + 1;
      if (left >= length) break;
      const right = left + 1;
      const useRight = right < length && isBefore(events[right] as ScheduledEvent, events[left] as ScheduledEvent);
      const child = useRight ? right : left;
      const below = events[child] as ScheduledEvent;
      if (!isBefore(below, last)) break;
      events[hole] = below;
      hole = child;
    }
    events[hole] = last;
  }
}

function isBefore(a: ScheduledEvent, b: ScheduledEvent): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.sequence < b.sequence);
}
