/**
 * How many rounds may be under way at once. What waits in our own queues is not a silent node: begun all together, the
 * rounds of a burst would run out of time, or out of room, before their turn at nodes that are well. So they begin one
 * after the other, each with its whole time.
 */

/** A few script calls' worth for each node. */
const MOST_ROUNDS = 512;

export class RoundGate {
  readonly #isWell: () => boolean;
  #arriving: (() => void)[] = [];
  /** The first to go is last. */
  #leaving: (() => void)[] = [];
  #openCount = 0;
  #isLetting = false;

  /** `isWell`: whether a quorum answers. Where none does there is nothing to wait for, and every round begins at once. */
  constructor(isWell: () => boolean) {
    this.#isWell = isWell;
  }

  /** Calls `begin` now, or when those before have had their turn; it must call `leave` once, when its round is over. */
  enter(begin: (leave: () => void) => void): void {
    this.#arriving.push(() => begin(this.#leave));
    this.#let();
  }

  readonly #leave = (): void => {
    this.#openCount--;
    this.#let();
  };

  /** A loop, for a round of nodes that are away is over before it has begun. */
  #let(): void {
    if (this.#isLetting) return;
    this.#isLetting = true;
    while (this.#hasWaiting && (this.#openCount < MOST_ROUNDS || !this.#isWell())) {
      this.#openCount++;
      if (this.#leaving.length === 0) {
        this.#leaving = this.#arriving.reverse();
        this.#arriving = [];
      }
      this.#leaving.pop()!();
    }
    this.#isLetting = false;
  }

  get #hasWaiting(): boolean {
    return this.#arriving.length > 0 || this.#leaving.length > 0;
  }
}
