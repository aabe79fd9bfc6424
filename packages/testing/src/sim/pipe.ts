/**
 * One direction of one TCP connection: what was written arrives in order, late, or from some point on not at all.
 *
 * TCP never loses one message out of the middle. A cut cable only delays: everything is sent again when it heals. So
 * loss is either a hold (arrives after the heal) or an end (a prefix still arrives, the rest never does). That prefix
 * is the fault that matters most to a lock: a command may be executed long after its sender has given up on the
 * connection.
 */
import type { Message } from "../rule/message.ts";
import type { Direction, Link } from "./link.ts";
import type { Timeline } from "./scheduler.ts";

interface InFlight {
  readonly message: Message;
  readonly deliver: () => void;
  arrivesAtMs: number;
  isHeld: boolean;
}

export class Pipe {
  readonly #direction: Direction;
  readonly #connection: number;
  readonly #timeline: Timeline;
  readonly #link: Link;
  /** A fault broke the connection. */
  readonly #onReset: () => void;
  readonly #queue: InFlight[] = [];
  #holdListener: Disposable | undefined;
  #isScheduled = false;
  /** Nothing that is written from now on arrives. */
  #hasEnded = false;
  #lastArrivalMs = 0;

  constructor(direction: Direction, connection: number, timeline: Timeline, link: Link, onReset: () => void) {
    this.#direction = direction;
    this.#connection = connection;
    this.#timeline = timeline;
    this.#link = link;
    this.#onReset = onReset;
  }

  write(operation: string, deliver: () => void): void {
    if (this.#hasEnded) return;
    const message = this.#describe(operation);
    const fate = this.#link.network.decide(message);
    if (fate.end === "reset") {
      this.#onReset();
      return;
    }
    if (fate.end === "drop") {
      this.#hasEnded = true;
      return;
    }
    const entry: InFlight = { message, deliver, isHeld: fate.end === "hold", arrivesAtMs: 0 };
    this.#queue.push(entry);
    this.#setArrival(entry, fate.delayMs);
    if (entry.isHeld) this.#holdListener ??= this.#link.network.onChange(() => this.#reconsider());
    this.#schedule();
  }

  /** Nothing more is written; of what is under way only the first `keepCount` messages arrive. */
  end(keepCount: number): void {
    this.#hasEnded = true;
    this.#queue.length = Math.min(this.#queue.length, keepCount);
    if (this.#queue.length === 0) this.#stopListening();
  }

  get inFlightCount(): number {
    return this.#queue.length;
  }

  #describe(operation: string): Message {
    const { node, peer } = this.#link;
    return { node, peer, connection: this.#connection, direction: this.#direction, operation, byteLength: 0 };
  }

  #setArrival(entry: InFlight, delayMs: number): void {
    const arrivesAtMs = this.#timeline.nowMs + this.#link.drawLatencyMs() + delayMs;
    entry.arrivesAtMs = Math.max(this.#lastArrivalMs, arrivesAtMs);
    this.#lastArrivalMs = entry.arrivesAtMs;
  }

  #schedule(): void {
    const head = this.#queue[0];
    if (this.#isScheduled || head === undefined || head.isHeld) return;
    this.#isScheduled = true;
    this.#timeline.after(head.arrivesAtMs - this.#timeline.nowMs, () => this.#arrive());
  }

  #arrive(): void {
    this.#isScheduled = false;
    const head = this.#queue.shift();
    this.#schedule();
    head?.deliver();
  }

  /** The faults have changed: what was held may be free, and everything behind it with it. */
  #reconsider(): void {
    let isHolding = false;
    const first = this.#queue.findIndex((entry) => entry.isHeld);
    for (const entry of this.#queue.slice(first)) {
      if (!entry.isHeld) {
        this.#setArrival(entry, 0);
        continue;
      }
      const fate = this.#link.network.decide(entry.message);
      if (fate.end === "hold") {
        isHolding = true;
        break;
      }
      if (fate.end !== "deliver") {
        this.end(this.#queue.indexOf(entry));
        if (fate.end === "reset") this.#onReset();
        break;
      }
      entry.isHeld = false;
      this.#setArrival(entry, fate.delayMs);
    }
    if (!isHolding) this.#stopListening();
    this.#schedule();
  }

  #stopListening(): void {
    this.#holdListener?.[Symbol.dispose]();
    this.#holdListener = undefined;
  }
}
