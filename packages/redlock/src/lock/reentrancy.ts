/**
 * Reentrancy: the owner is the async context. Only a routine of `using` opens one, since only there it is sure where
 * the context ends: a context entered by a bare `acquire` would leak to the caller's other calls, and make two
 * concurrent callers one owner.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { type Lock, nestedLock } from "./lock.ts";

interface Scope {
  readonly lock: Lock;
  readonly outer: Scope | undefined;
}

export class Reentrancy {
  readonly #contexts = new AsyncLocalStorage<Scope>();

  /**
   * Another handle of the lock that this context, or one around it, holds on all of `resources`; `undefined` when there
   * is none. Asks Redis only when more than the remaining time to live is wanted.
   */
  async nest(resources: readonly string[], ttlMs: number): Promise<Lock | undefined> {
    for (let scope = this.#contexts.getStore(); scope !== undefined; scope = scope.outer) {
      const { lock } = scope;
      if (lock.isHeld() && resources.every((resource) => lock.resources.includes(resource)))
        return nestedLock(lock, ttlMs);
    }
    return undefined;
  }

  /** Runs `routine` as the owner of `lock`. */
  run<Result>(lock: Lock, routine: () => Result): Result {
    return this.#contexts.run({ lock, outer: this.#contexts.getStore() }, routine);
  }
}
