/** One round of a floor: resolves when a quorum of nodes said yes, rejects when that is no longer possible. */
export class QuorumTally {
  readonly #needed: number;
  readonly #resolve: () => void;
  readonly #reject: (error: Error) => void;
  #pendingCount: number;
  #yesCount = 0;

  constructor(nodeCount: number, resolve: () => void, reject: (error: Error) => void) {
    this.#needed = Math.floor(nodeCount / 2) + 1;
    this.#pendingCount = nodeCount;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  record(isYes: boolean): void {
    this.#pendingCount -= 1;
    if (isYes) this.#yesCount += 1;
    if (isYes && this.#yesCount === this.#needed) this.#resolve();
    else if (!isYes && this.#yesCount + this.#pendingCount === this.#needed - 1) this.#reject(new Error("no quorum"));
  }
}
