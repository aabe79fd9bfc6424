/**
 * Releases that could not be delivered, kept until the node is there again. They are what frees a node that was cut
 * off while a lock was let go, without waiting for the TTL.
 */
import type { Runtime, Timer } from "../runtime/runtime.ts";
import type { ReleaseOperation } from "./operation.ts";

const mostOwed = 1000;
/** A node that is loading its data, or that answered nothing, is asked again after this. */
const retryAfterMs = 250;

interface Owed {
  readonly operation: ReleaseOperation;
  readonly expiresAtMs: number;
}

export class OwedReleases {
  readonly #runtime: Runtime;
  readonly #onDropped: () => void;
  readonly #onRetry: () => void;
  #retry: Timer | undefined;
  /** By token, in the order they became owed. */
  readonly #byToken = new Map<string, Owed>();

  constructor(runtime: Runtime, onDropped: () => void, onRetry: () => void) {
    this.#runtime = runtime;
    this.#onDropped = onDropped;
    this.#onRetry = onRetry;
  }

  get count(): number {
    return this.#byToken.size;
  }

  /** Keeps a release for as long as its tombstone would matter. A repeated one replaces the first, and still buries. */
  add(operation: ReleaseOperation): void {
    const known = this.#byToken.get(operation.token);
    if (known === undefined && this.#byToken.size >= mostOwed) this.#dropOldest();
    const isBuried = operation.bury || known?.operation.bury === true;
    const kept = { ...operation, bury: isBuried };
    const expiresAtMs = this.#runtime.readClocks().monotonicMs + operation.buryMs;
    this.#byToken.set(operation.token, { operation: kept, expiresAtMs });
  }

  /** All that still matter; they are owed no longer. */
  takeAll(): ReleaseOperation[] {
    const nowMs = this.#runtime.readClocks().monotonicMs;
    const taken: ReleaseOperation[] = [];
    for (const { operation, expiresAtMs } of this.#byToken.values()) {
      if (expiresAtMs > nowMs) taken.push(operation);
    }
    this.#byToken.clear();
    return taken;
  }

  /** For a node that can be written to: nothing else would tell when to try again. */
  retryLater(): void {
    if (this.#retry !== undefined || this.count === 0) return;
    this.#retry = this.#runtime.startTimer(retryAfterMs, () => {
      this.#retry = undefined;
      if (this.count > 0) this.#onRetry();
    });
    this.#retry.keepProcessAlive(false);
  }

  clear(): void {
    this.#byToken.clear();
    this.#retry?.cancel();
    this.#retry = undefined;
  }

  #dropOldest(): void {
    for (const token of this.#byToken.keys()) {
      this.#byToken.delete(token);
      break;
    }
    this.#onDropped();
  }
}
