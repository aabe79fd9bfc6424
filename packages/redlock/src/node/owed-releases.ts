/**
 * Releases that could not be delivered, kept until the node is there again. They are what frees a node that was cut
 * off while a lock was let go, without waiting for the TTL.
 */
import type { Runtime, Timer } from "../runtime/runtime.ts";
import type { ReleaseOperation } from "./operation.ts";

/** What a burst of a whole process leaves: some 10 MB. A node that is cut off for a moment is to lose none of it. */
const mostOwed = 20_000;
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
  #expiry: Timer | undefined;
  /** By token, in the order they became owed. */
  readonly byToken: Map<string, Owed> = new Map();

  constructor(runtime: Runtime, onDropped: () => void, onRetry: () => void) {
    this.#runtime = runtime;
    this.#onDropped = onDropped;
    this.#onRetry = onRetry;
  }

  /** Keeps a release for as long as its tombstone would matter. A repeated one replaces the first, and still buries. */
  add(operation: ReleaseOperation): void {
    const nowMs = this.#runtime.readClocks().monotonicMs;
    this.#dropExpired(nowMs);
    const known = this.byToken.get(operation.token);
    if (known === undefined && this.byToken.size >= mostOwed) this.#dropOldest();
    const isBuried = operation.bury || known?.operation.bury === true;
    const kept = { ...operation, bury: isBuried };
    this.byToken.set(operation.token, { operation: kept, expiresAtMs: nowMs + operation.buryMs });
    this.#expireLater(nowMs);
  }

  /** All that still matter; they are owed no longer. */
  takeAll(): ReleaseOperation[] {
    const nowMs = this.#runtime.readClocks().monotonicMs;
    const taken: ReleaseOperation[] = [];
    for (const { operation, expiresAtMs } of this.byToken.values()) {
      if (expiresAtMs > nowMs) taken.push(operation);
    }
    this.byToken.clear();
    this.#stopExpiry();
    return taken;
  }

  /** For a node that can be written to: nothing else would tell when to try again. */
  retryLater(): void {
    if (this.#retry !== undefined || this.byToken.size === 0) return;
    this.#retry = this.#runtime.startTimer(retryAfterMs, () => {
      this.#retry = undefined;
      if (this.byToken.size > 0) this.#onRetry();
    });
    this.#retry.keepProcessAlive(false);
  }

  clear(): void {
    this.byToken.clear();
    this.#retry?.cancel();
    this.#retry = undefined;
    this.#stopExpiry();
  }

  /** Stops at the first that has not expired: a shorter one behind it is kept for as long, which does no harm. */
  #dropExpired(nowMs: number): void {
    for (const [token, { expiresAtMs }] of this.byToken) {
      if (expiresAtMs > nowMs) break;
      this.byToken.delete(token);
    }
  }

  /** The timer also keeps the node from being collected when its `Redlock` was: the client refers to the node weakly. */
  #expireLater(nowMs: number): void {
    const [first] = this.byToken.values();
    if (this.#expiry !== undefined || first === undefined) return;
    this.#expiry = this.#runtime.startTimer(Math.max(0, first.expiresAtMs - nowMs), () => {
      this.#expiry = undefined;
      const dueAtMs = this.#runtime.readClocks().monotonicMs;
      this.#dropExpired(dueAtMs);
      this.#expireLater(dueAtMs);
    });
    this.#expiry.keepProcessAlive(false);
  }

  #stopExpiry(): void {
    this.#expiry?.cancel();
    this.#expiry = undefined;
  }

  #dropOldest(): void {
    for (const token of this.byToken.keys()) {
      this.byToken.delete(token);
      break;
    }
    this.#onDropped();
  }
}
