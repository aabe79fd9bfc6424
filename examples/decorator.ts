/**
 * A decorator, as services in the manner of NestJS like it: the lock's name is made from the method's argument. This is
 * a standard decorator (TypeScript 5 and newer). NestJS itself compiles with `experimentalDecorators`: there the inner
 * function gets `(target, name, descriptor)` and replaces `descriptor.value`; everything else stays.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { Redlock, type Lock } from "@quorate/redlock";
import { nodes } from "./nodes.ts";

interface Service {
  readonly redlock: Redlock;
}

const current = new AsyncLocalStorage<Lock>();

/** The lock that the running method is under: for its fencing token and its signal. */
const currentLock = (): Lock => current.getStore()!;

/** Runs the method under the lock `resource`, in which "{id}" stands for the property `id` of the first argument. */
function Locked(resource: string, ttlMs: number) {
  return <This extends Service, Args extends [object, ...unknown[]], Result>(
    method: (this: This, ...args: Args) => Promise<Result>,
    _context: ClassMethodDecoratorContext,
  ) =>
    function (this: This, ...args: Args): Promise<Result> {
      // Methods under the same lock may call each other.
      const options = { reentrant: true };
      return this.redlock.using(nameFor(resource, args[0]), ttlMs, options, (_signal, lock) =>
        current.run(lock, () => method.apply(this, args)),
      );
    };
}

/** Throws for a property that is missing: else all of these calls would share the lock of "undefined". */
function nameFor(resource: string, argument: object): string {
  return resource.replace(/\{(\w+)\}/g, (_, name: string) => {
    const part = (argument as Record<string, unknown>)[name];
    if (typeof part !== "string" && typeof part !== "number") throw new TypeError(`"${resource}" needs "${name}"`);
    return String(part);
  });
}

class Orders implements Service {
  readonly redlock = Redlock.connect(nodes);
  readonly #shipped = new Map<number, number | undefined>();

  @Locked("examples:orders:{id}", 10_000)
  async ship(order: { readonly id: number }): Promise<string> {
    if (this.#shipped.has(order.id)) return "shipped already";
    await sleep(100, undefined, { signal: currentLock().signal });
    this.#shipped.set(order.id, currentLock().fencingToken);
    return "shipped";
  }
}

const orders = new Orders();
console.log(await Promise.all([orders.ship({ id: 7 }), orders.ship({ id: 7 }), orders.ship({ id: 8 })]));
await orders.redlock.close();
