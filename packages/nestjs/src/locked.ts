/** `@Locked()`: a method of a provider or controller that runs under a lock. */
import { AsyncLocalStorage } from "node:async_hooks";
import { Inject } from "@nestjs/common";
import { type AcquireOptions, type Lock, Redlock, ResourceLockedError } from "@quorate/redlock";

/** What to lock; or how to tell by the method's arguments. */
export type LockedResources = string | readonly string[] | ((...args: never[]) => string | readonly string[]);

/** Options of `using`, and one more. */
export interface LockedOptions extends AcquireOptions {
  /**
   * Whether a call that finds the lock held by another resolves with `undefined` instead of rejecting with a
   * `ResourceLockedError`: for a job that every process starts and one should do. Set `waitMs: 0` with it.
   * @default false
   */
  readonly skipWhenHeld?: boolean | undefined;
}

type AsyncMethod = (...args: never[]) => Promise<unknown>;

const redlockOf = Symbol("Redlock of @Locked()");
const locks = new AsyncLocalStorage<Lock>();

/** The lock of the innermost `@Locked()` method that runs now; `undefined` outside. Has `signal` and `fencingToken`. */
export function currentLock(): Lock | undefined {
  return locks.getStore();
}

/**
 * Runs an async method under a lock on `resources`, kept alive while it runs, then released. Settles with the method's
 * own result or error; rejects as `redlock.using` when the lock is not won, and the method is not called then. A lock
 * that was lost meanwhile is told by `currentLock()!.signal`.
 */
export function Locked(
  resources: LockedResources,
  ttlMs: number,
  { skipWhenHeld = false, ...options }: LockedOptions = {},
): <Method extends AsyncMethod>(
  target: object,
  name: string | symbol,
  descriptor: TypedPropertyDescriptor<Method>,
) => void {
  return (target, name, descriptor) => {
    const method = descriptor.value as ((...args: unknown[]) => Promise<unknown>) | undefined;
    if (typeof method !== "function") throw new TypeError("@Locked() stands before a method.");
    injectRedlock(target);
    const locked = async function (this: Host, ...args: unknown[]): Promise<unknown> {
      const redlock = this[redlockOf];
      if (redlock === undefined) throw new TypeError(notInjected(target, name));
      const names = typeof resources === "function" ? resources(...(args as never[])) : resources;
      let isHeld = false;
      try {
        return await redlock.using(names, ttlMs, options, (_signal, lock) => {
          isHeld = true;
          return locks.run(lock, () => method.apply(this, args));
        });
      } catch (error) {
        // The method's own error may be one too, of a lock that it asked for itself.
        if (skipWhenHeld && !isHeld && error instanceof ResourceLockedError) return undefined;
        throw error;
      }
    };
    descriptor.value = likeMethod(locked, method) as never;
  };
}

interface Host {
  readonly [redlockOf]?: Redlock;
}

/** Nest fills the property in; once for all locked methods of a class, its parents' included. */
function injectRedlock(target: object): void {
  if (redlockOf in target) return;
  Object.defineProperty(target, redlockOf, { value: undefined, writable: true });
  Inject(Redlock)(target, redlockOf);
}

/** Other decorators keep routes, guards and jobs as metadata of the function: they may stand on either side of this one. */
function likeMethod<Replacement extends object>(replacement: Replacement, method: object): Replacement {
  for (const key of Reflect.getMetadataKeys(method) as unknown[]) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, method), replacement);
  }
  for (const key of ["name", "length"] as const) {
    Object.defineProperty(replacement, key, { ...Object.getOwnPropertyDescriptor(method, key) });
  }
  return replacement;
}

function notInjected(target: object, name: string | symbol): string {
  return (
    `@Locked() on ${target.constructor.name}.${String(name)} has no Redlock: import RedlockModule.forRoot(...), and let ` +
    "Nest make the object."
  );
}
