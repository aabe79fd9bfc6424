/**
 * Deadlines of rounds, by the ten thousand a second: almost all are met, so a timer for each would be set only to be
 * cleared. Those with the same delay fall due in the order they were set, so they stand in one list with one timer for
 * its head; meeting a deadline unlinks it, at no further cost.
 *
 * A timer that fires late shows that this process stood still meanwhile. That is no time in which anybody could answer: the
 * question may not even be written. So what is due then is given more, once.
 */
import type { Runtime, Timer } from "./runtime.ts";

/** Timers are as late as this on a busy machine. */
const STOOD_STILL_MS = 5;
/** As a part of that: enough for a round trip, also where the process stood still for only a little longer than the delay. */
const MORE_TIMES = 4;

/** Told once, when the deadline passes unmet. Must not throw. */
export interface Expiring {
  expire(): void;
}

/** A deadline that was set; its fields belong to `Deadlines`. */
export class Deadline {
  readonly target: Expiring;
  dueAtMs = 0;
  /** Whether a caller waits for it, so that the process must stay alive until then. */
  awaited = true;
  wasPostponed = false;
  list: DeadlineList | undefined = undefined;
  previous: Deadline | undefined = undefined;
  next: Deadline | undefined = undefined;

  constructor(target: Expiring) {
    this.target = target;
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
    const deadline = new Deadline(target);
    this.#append(deadline, delayMs, nowMs);
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
    if (deadline.list === undefined) return;
    this.unawait(deadline);
    unlink(deadline);
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

  #append(deadline: Deadline, delayMs: number, nowMs: number): void {
    let list = this.#lists.get(delayMs);
    if (list === undefined) {
      list = new DeadlineList();
      this.#lists.set(delayMs, list);
    }
    deadline.dueAtMs = nowMs + delayMs;
    deadline.list = list;
    deadline.previous = list.tail;
    if (list.tail === undefined) list.head = deadline;
    else list.tail.next = deadline;
    list.tail = deadline;
    if (deadline.awaited) list.awaitedCount++;
    if (list.timer === undefined) this.#arm(list, delayMs, delayMs);
    else if (deadline.awaited && list.awaitedCount === 1) list.timer.keepProcessAlive(true);
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
    let head = list.head;
    const lateMs = head === undefined ? 0 : nowMs - head.dueAtMs;
    while (head !== undefined && head.dueAtMs <= nowMs) {
      if (lateMs < STOOD_STILL_MS || head.wasPostponed) {
        this.meet(head);
        head.target.expire();
      } else {
        this.#postpone(head, Math.min(delayMs, MORE_TIMES * lateMs), nowMs);
      }
      head = list.head;
    }
    // Unless all of them passed meanwhile.
    if (this.#lists.get(delayMs) !== list) return;
    if (head !== undefined) this.#arm(list, delayMs, Math.max(1, head.dueAtMs - nowMs));
    else this.#lists.delete(delayMs);
  }

  #postpone(deadline: Deadline, byMs: number, nowMs: number): void {
    if (deadline.awaited) deadline.list!.awaitedCount--;
    unlink(deadline);
    deadline.wasPostponed = true;
    this.#append(deadline, byMs, nowMs);
  }
}

function unlink(deadline: Deadline): void {
  const list = deadline.list!;
  if (deadline.previous === undefined) list.head = deadline.next;
  else deadline.previous.next = deadline.next;
  if (deadline.next === undefined) list.tail = deadline.previous;
  else deadline.next.previous = deadline.previous;
  deadline.list = undefined;
  deadline.previous = undefined;
  deadline.next = undefined;
}
