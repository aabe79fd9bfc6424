/**
 * Deadlines of rounds, by the ten thousand a second: almost all are met, so a timer for each would be set only to be
 * cleared. Those with the same delay fall due in the order they were set, so they stand in one list with one timer for
 * its head; meeting a deadline unlinks it, at no further cost.
 */
import type { Runtime, Timer } from "./runtime.ts";

/** Told once, when the deadline passes unmet. Must not throw. */
export interface Expiring {
  expire(): void;
}

/** A deadline that was set; its fields belong to `Deadlines`. */
export class Deadline {
  readonly target: Expiring;
  readonly dueAtMs: number;
  /** Whether a caller waits for it, so that the process must stay alive until then. */
  awaited = true;
  list: DeadlineList | undefined;
  previous: Deadline | undefined;
  next: Deadline | undefined = undefined;

  constructor(target: Expiring, dueAtMs: number, list: DeadlineList) {
    this.target = target;
    this.dueAtMs = dueAtMs;
    this.list = list;
    this.previous = list.tail;
  }
}

class DeadlineList {
  head: Deadline | undefined = undefined;
  tail: Deadline | undefined = undefined;
  awaitedCount = 0;
  timer: Timer | undefined = undefined;
}

export class Deadlines {
  readonly #runtime: Runtime;
  readonly #lists = new Map<number, DeadlineList>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** `nowMs` is the monotonic clock's, read by the caller anyway. */
  set(target: Expiring, delayMs: number, nowMs: number): Deadline {
    let list = this.#lists.get(delayMs);
    if (list === undefined) {
      list = new DeadlineList();
      this.#lists.set(delayMs, list);
    }
    const deadline = new Deadline(target, nowMs + delayMs, list);
    if (list.tail === undefined) list.head = deadline;
    else list.tail.next = deadline;
    list.tail = deadline;
    list.awaitedCount++;
    if (list.timer === undefined) this.#arm(list, delayMs, delayMs);
    else if (list.awaitedCount === 1) list.timer.keepProcessAlive(true);
    return deadline;
  }

  /** No caller waits any more, but it still counts as missed when it passes. */
  unawait(deadline: Deadline): void {
    if (!deadline.awaited) return;
    deadline.awaited = false;
    const list = deadline.list;
    if (list !== undefined && --list.awaitedCount === 0) list.timer?.keepProcessAlive(false);
  }

  /** Met, or of no more interest. */
  meet(deadline: Deadline): void {
    const list = deadline.list;
    if (list === undefined) return;
    this.unawait(deadline);
    if (deadline.previous === undefined) list.head = deadline.next;
    else deadline.previous.next = deadline.next;
    if (deadline.next === undefined) list.tail = deadline.previous;
    else deadline.next.previous = deadline.previous;
    deadline.list = undefined;
    deadline.previous = undefined;
    deadline.next = undefined;
  }

  /** All that are set pass now: what waits would else wait for ever, once nothing answers any more. */
  expireAll(): void {
    const lists = [...this.#lists.values()];
    this.#lists.clear();
    for (const list of lists) {
      list.timer?.cancel();
      list.timer = undefined;
      let { head } = list;
      while (head !== undefined) {
        this.meet(head);
        head.target.expire();
        head = list.head;
      }
    }
  }

  #arm(list: DeadlineList, delayMs: number, waitMs: number): void {
    list.timer = this.#runtime.startTimer(waitMs, () => this.#fire(list, delayMs));
    if (list.awaitedCount === 0) list.timer.keepProcessAlive(false);
  }

  /** No deadline is missed by an answer that is there and was not read yet. */
  #fire(list: DeadlineList, delayMs: number): void {
    this.#runtime.afterInput(() => this.#expire(list, delayMs));
  }

  #expire(list: DeadlineList, delayMs: number): void {
    if (list.timer === undefined) return;
    const nowMs = this.#runtime.readClocks().monotonicMs;
    list.timer = undefined;
    let head = list.head;
    while (head !== undefined && head.dueAtMs <= nowMs) {
      this.meet(head);
      head.target.expire();
      head = list.head;
    }
    if (head !== undefined) {
      if (list.timer === undefined) this.#arm(list, delayMs, Math.max(1, head.dueAtMs - nowMs));
    } else if (list.timer === undefined) {
      this.#lists.delete(delayMs);
    }
  }
}
