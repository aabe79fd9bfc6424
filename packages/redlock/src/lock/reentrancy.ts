/**
 * Reentrancy: the owner is the async context. Only a routine of `using` opens one, since only there it is sure where
 * the context ends: a context entered by a bare `acquire` would leak to the caller's other calls, and make two
 * concurrent callers one owner.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { ownedError, ownReaderError } from "../errors/explain-own.ts";
import type { AcquireRequest } from "../options/resolve.ts";
import type { Lock } from "./lock.ts";
import { isHeldByAny, isSharedBy, nestedLock } from "./nested-lock.ts";

interface Scope {
  readonly owner: Reentrancy;
  readonly lock: Lock;
  readonly outer: Scope | undefined;
}

/**
 * One for the whole program. A storage that has run once is looked at for every new promise of the process for ever: with
 * one for each `Redlock`, a program that makes one for each request would become slower with each.
 */
const contexts = new AsyncLocalStorage<Scope>();

export class Reentrancy {
  /**
   * Another handle of the lock that this context, or one around it, holds on all of `resources`; `undefined` when there
   * is none. Asks Redis only when more than the remaining time to live is wanted. The lock counts while any handle holds
   * it, also when the context's own was released: or the context would wait for itself.
   *
   * Rejects with `ResourceLockedError` where it holds some of them and not others, `RangeError` where fencing is wanted of a
   * lock without, `QuorumUnavailableError` where too few nodes confirmed the longer life.
   */
  async nest({ resources, call, hold }: AcquireRequest): Promise<Lock | undefined> {
    for (let scope = contexts.getStore(); scope !== undefined; scope = scope.outer) {
      const { owner, lock } = scope;
      if (owner !== this) continue;
      const owned = resources.filter((resource) => lock.resources.includes(resource));
      if (owned.length === 0 || !isHeldByAny(lock)) continue;
      const isAlone = (index: number) => hold?.mode !== "shared" || !hold.indexes.includes(index);
      const read = resources.find((resource, index) => isAlone(index) && isSharedBy(lock, resource));
      if (read !== undefined) throw ownReaderError(resources, read);
      if (owned.length < resources.length) throw ownedError(resources, owned[0]!, lock.remainingMs());
      if (call.fencing && lock.fencingToken === undefined) {
        throw new RangeError(
          "Option fencing must be false in a lock that was taken with fencing: false, or be left on for the outer one too.",
        );
      }
      return nestedLock(lock, call);
    }
    return undefined;
  }

  /** Runs `routine` as the owner of `lock`. */
  run<Result>(lock: Lock, routine: () => Result): Result {
    return contexts.run({ owner: this, lock, outer: contexts.getStore() }, routine);
  }
}
