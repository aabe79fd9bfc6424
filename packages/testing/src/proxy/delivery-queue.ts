/**
 * What one side has sent and the other has not got yet, in order. Each parcel has its own time of arrival, so delays
 * do not add up; none overtakes another.
 */

/** How a sender ended its side. */
export type Ending = "end" | "reset";

export interface Parcel {
  readonly content: Buffer | Ending;
  /** What it is about: see `Message`. */
  readonly operation: string | undefined;
  /** Not before this time of `performance.now()`. */
  readonly dueMs: number;
  /** Stays, and keeps back what is behind it, until the rules change. */
  readonly held: boolean;
  /** What follows waits until a receiver in this process has had its turn, so that it does not travel along. */
  readonly alone: boolean;
}

/** Timers are not more exact than this. */
const toleranceMs = 0.5;

export class DeliveryQueue {
  readonly #deliver: (content: Buffer | Ending) => boolean;
  #parcels: Parcel[] = [];
  #byteLength = 0;
  #full = false;
  #timer: NodeJS.Timeout | undefined;
  #turn: NodeJS.Immediate | undefined;

  /** `deliver` returns false when the receiver can take no more; call `resume` when it can. */
  constructor(deliver: (content: Buffer | Ending) => boolean) {
    this.#deliver = deliver;
  }

  get empty(): boolean {
    return this.#parcels.length === 0;
  }

  /** How many bytes wait. */
  get byteLength(): number {
    return this.#byteLength;
  }

  push(parcel: Parcel): void {
    this.#parcels.push(parcel);
    this.#byteLength += lengthOf(parcel);
    this.#pump();
  }

  /** Empties the queue, so that it can be filled anew. */
  takeAll(): Parcel[] {
    this.#cancel();
    const parcels = this.#parcels;
    this.#parcels = [];
    this.#byteLength = 0;
    return parcels;
  }

  resume(): void {
    this.#full = false;
    this.#pump();
  }

  #cancel(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#turn);
    this.#timer = undefined;
    this.#turn = undefined;
  }

  #pump(): void {
    while (!this.#full && this.#timer === undefined && this.#turn === undefined) {
      const first = this.#parcels[0];
      if (first === undefined || first.held) return;
      const waitMs = first.dueMs - performance.now();
      if (waitMs > toleranceMs) return this.#pumpIn(waitMs);
      this.#parcels.shift();
      this.#byteLength -= lengthOf(first);
      if (first.alone) this.#pumpLater();
      this.#full = !this.#deliver(first.content);
    }
  }

  #pumpIn(waitMs: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#pump();
    }, waitMs);
  }

  /** After two immediates: sockets are read between them, not before the first. */
  #pumpLater(): void {
    this.#turn = setImmediate(() => {
      this.#turn = setImmediate(() => {
        this.#turn = undefined;
        this.#pump();
      });
    });
  }
}

function lengthOf(parcel: Parcel): number {
  return typeof parcel.content === "string" ? 0 : parcel.content.length;
}
