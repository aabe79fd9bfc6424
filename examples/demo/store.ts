/**
 * The resource that the lock protects: one row with a counter, changed by reading it, thinking, and writing it back.
 * It lives in one process, so that each read and each write is atomic, and a read with the write that follows is not.
 *
 * It knows nothing of the lock but the fencing tokens, and looks twice: it refuses tokens older than the newest it has
 * seen, in reads as in writes, and it notices when a write that it took was based on a row that is no longer there.
 */
export interface Row {
  readonly value: number;
  /** How many writes it has seen. */
  readonly version: number;
}

export type StoreRequest =
  | { readonly verb: "read"; readonly fencingToken: number }
  | { readonly verb: "write"; readonly fencingToken: number; readonly row: Row };

export type StoreAnswer =
  | { readonly accepted: true; readonly row: Row }
  | { readonly accepted: false; readonly newestToken: number };

export class Store {
  #row: Row = { value: 0, version: 0 };
  #newestToken = 0;
  readonly #checksTokens: boolean;
  acceptedCount = 0;
  refusedCount = 0;
  /** Accepted writes of a row that somebody else had changed since it was read: two were inside at once. */
  collisionCount = 0;

  constructor(checksTokens: boolean) {
    this.#checksTokens = checksTokens;
  }

  get value(): number {
    return this.#row.value;
  }

  /** Every accepted write added one. */
  get lostUpdateCount(): number {
    return this.acceptedCount - this.#row.value;
  }

  answer(request: StoreRequest): StoreAnswer {
    if (this.#checksTokens && request.fencingToken < this.#newestToken) {
      if (request.verb === "write") this.refusedCount++;
      return { accepted: false, newestToken: this.#newestToken };
    }
    // A read counts too: else an old holder could write between a new one's read and its write.
    this.#newestToken = Math.max(this.#newestToken, request.fencingToken);
    if (request.verb === "write") this.#write(request.row);
    return { accepted: true, row: this.#row };
  }

  /** `row.version` is the one that was read. */
  #write({ value, version }: Row): void {
    this.acceptedCount++;
    if (version !== this.#row.version) this.collisionCount++;
    this.#row = { value, version: this.#row.version + 1 };
  }
}
