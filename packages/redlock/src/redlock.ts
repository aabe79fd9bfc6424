/** The entry: nodes, options, and the ways to take a lock. */
import { EventEmitter } from "node:events";
import type { Inspection } from "./round/inspect.ts";
import type { Lock } from "./lock/lock.ts";
import type { Routine, UsingRest } from "./lock/routine.ts";
import { NodeSet } from "./round/nodes.ts";
import { Lookout } from "./acquire/lookout.ts";
import { Calling } from "./acquire/calling.ts";
import { elect, type ElectOptions } from "./coordinate/elect.ts";
import { follow, type FollowOptions, type Leader } from "./coordinate/follow.ts";
import { Flights, type OnceOptions } from "./coordinate/once.ts";
import { AcquireContext } from "./acquire/context.ts";
import type { HandedOverLock, HeldLockSnapshot } from "./lock/lock-json.ts";
import { adaptClients, connectNodes, type NodeAddress, type RedisClient } from "./node/adapt.ts";
import type { Node } from "./node/node.ts";
import type { RedlockEvents } from "./observe/events.ts";
import { reporterOf } from "./observe/reporter.ts";
import type { Health } from "./observe/health.ts";
import type { MetricsSnapshot } from "./observe/metrics.ts";
import type { AcquireOptions, ConnectOptions, RedlockOptions } from "./options/options.ts";
import { resolveOptions } from "./options/resolve.ts";
import type { ReadyOptions } from "./options/ready.ts";
import { makeAsyncDisposable } from "./runtime/disposable.ts";
import type { Runtime } from "./runtime/runtime.ts";
import { systemRuntime } from "./runtime/system.ts";

/** A lock over N independent Redis masters: whoever has a strict majority of them holds it. Emits `RedlockEvents`. */
export class Redlock extends EventEmitter<RedlockEvents> {
  readonly #context: AcquireContext;
  readonly #lookout: Lookout;
  readonly #calling: Calling;
  readonly #flights: Flights;
  #closing: Promise<void> | undefined;

  /**
   * One client per independent master, connected or connecting; `close()` leaves them open. An odd number of nodes: an
   * even one adds a node that can fail, but no failure that is survived.
   *
   * Throws `TypeError` for what is no client, `RangeError` for an option out of bounds, before any I/O. `runtime` is for
   * simulators.
   */
  constructor(clients: readonly (RedisClient | Node)[], options?: RedlockOptions, runtime: Runtime = systemRuntime) {
    super();
    makeAsyncDisposable(Redlock.prototype, (redlock: Redlock) => redlock.close());
    const resolved = resolveOptions(options);
    const reporter = reporterOf(this, resolved, runtime);
    const nodes = adaptClients(clients, runtime, resolved.keyPrefix);
    this.#context = new AcquireContext(new NodeSet(nodes, runtime, resolved, reporter));
    this.#lookout = new Lookout(this.#context);
    this.#calling = new Calling(this.#context);
    this.#flights = new Flights(this.#calling);
  }

  /**
   * Makes the clients too, with ioredis and settings that suit a lock: no offline queue, no re-sending, short time-outs.
   * `close()` also closes them. An address is a `redis://` or `rediss://` URL, or ioredis options.
   *
   * Throws `TypeError` for what is no address, `RangeError` where two are the same, before any connection is made.
   */
  static connect(addresses: readonly NodeAddress[], { Redis, ...options }: ConnectOptions = {}): Redlock {
    const { keyPrefix } = resolveOptions(options);
    return new Redlock(connectNodes(addresses, systemRuntime, keyPrefix, Redis), options);
  }

  /**
   * Takes a lock on all of `resources`, or none of them, for `ttlMs` milliseconds; tries until `waitMs` is over.
   *
   * Rejects with `ResourceLockedError` when another holder has one, `QuorumUnavailableError` when too few nodes could
   * vote or they were too slow, `NotIndependentError`, or `signal.reason`. Nothing is left in Redis then, except on
   * nodes that cannot be reached: they are cleaned when they are back, or by the TTL.
   */
  async acquire(resources: string | readonly string[], ttlMs: number, options?: AcquireOptions): Promise<Lock> {
    return this.#calling.acquire(this.#calling.request("acquire", resources, ttlMs, options, false));
  }

  /** One round: `null` when another holder has a resource; rejects as `acquire` when no quorum could vote. */
  async tryAcquire(
    resources: string | readonly string[],
    ttlMs: number,
    options?: Omit<AcquireOptions, "waitMs">,
  ): Promise<Lock | null> {
    const request = this.#calling.request("tryAcquire", resources, ttlMs, { ...options, waitMs: 0 }, false);
    return this.#calling.acquireOrNull(request);
  }

  /**
   * Runs `routine` under a lock that is kept alive by auto-extension, then releases it. Settles with the routine's own
   * result or error: a lock that was lost meanwhile is told by the signal, a release that failed by the event
   * "releaseFailed". Rejects as `acquire` when the lock is not won; the routine is not called then.
   */
  using<Result>(resources: string | readonly string[], ttlMs: number, routine: Routine<Result>): Promise<Result>;
  using<Result>(
    resources: string | readonly string[],
    ttlMs: number,
    options: AcquireOptions | undefined,
    routine: Routine<Result>,
  ): Promise<Result>;
  using<Result>(resources: string | readonly string[], ttlMs: number, ...rest: UsingRest<Result>): Promise<Result> {
    return this.#calling.using(resources, ttlMs, ...rest);
  }

  /** One round, and the routine runs only if that wins: `null` when another holder has a resource. Else as `using`. */
  async tryUsing<Result>(
    resources: string | readonly string[],
    ttlMs: number,
    options: Omit<AcquireOptions, "waitMs"> | undefined,
    routine: Routine<Result>,
  ): Promise<Result | null> {
    return this.#calling.tryUsing(resources, ttlMs, options, routine);
  }

  /**
   * Campaigns without end, and runs `routine` while this process leads; the term is `lock.fencingToken`. When the lock is
   * lost, the routine's signal aborts, before another can lead; once the routine has settled, it campaigns again.
   *
   * Settles with the routine's own result or error, when that ends while it leads, behind the resignation: the next in
   * line leads at once. Rejects with `signal.reason`, for a fault of the fleet that no waiting mends, or as `rejoin` says.
   */
  async elect<Result>(
    name: string,
    ttlMs: number,
    options: ElectOptions | undefined,
    routine: Routine<Result>,
  ): Promise<Result> {
    return elect(this.#calling, name, ttlMs, options, routine);
  }

  /** Who leads under this name: now, and at each change; `undefined` while there is no leader. See `Leader`. */
  follow(name: string, options: FollowOptions = {}): AsyncIterable<Leader | undefined> {
    return follow(this.#context, name, options);
  }

  /**
   * What `find` finds, or what `routine` makes while no other caller does: the others wait, and look again. Callers of one
   * process share one flight, and its result or error. Rejects as `using`, or with what `find` threw.
   */
  runOnce<Result>(
    name: string,
    ttlMs: number,
    options: OnceOptions<Result>,
    routine: Routine<Result>,
  ): Promise<Result> {
    return this.#flights.runOnce(name, ttlMs, options, routine);
  }

  /** Who holds a resource, as each node sees it: waits for all, or the node timeout. Rejects only a bad name. */
  inspect(resource: string): Promise<Inspection> {
    return this.#lookout.inspect(resource);
  }

  /**
   * Resolves when a quorum of nodes would grant a lock: they are connected, independent, out of quarantine, with memory and
   * rights. For the start of a process, before it says that it is ready. What it waits for is told by the event "warning".
   * Rejects as `acquire` when `waitMs` is over, at once for what no waiting mends, or with `signal.reason`. What it tries on
   * the nodes is taken back, or ends in 2 s.
   */
  async ready(options?: ReadyOptions): Promise<void> {
    await this.#lookout.ready(options);
  }

  /**
   * Whether a quorum would vote, and how each node stands: by what is known. A node that refused its last vote is asked
   * again, at most once a second, for the next answer.
   */
  health(): Health {
    return this.#lookout.health();
  }

  /** What this object holds now; a copy, which does not change. */
  get heldLocks(): readonly HeldLockSnapshot[] {
    return this.#lookout.heldLocks();
  }

  /** All counts since this object was made, and what is so now, with names for Prometheus. */
  metrics(): MetricsSnapshot {
    return this.#lookout.metrics();
  }

  /**
   * Takes over a lock that `lock.handOver()` gave away, in this process or another: one extend round must be confirmed by
   * a quorum. `autoExtend` is on unless the options say otherwise.
   *
   * Rejects with `LockLostError` when the lock is no longer there, `QuorumUnavailableError` when too few nodes answered, or
   * count so soon after a restart, `NotIndependentError`.
   */
  async adopt(handed: HandedOverLock, options?: Omit<AcquireOptions, "waitMs" | "signal">): Promise<Lock> {
    return this.#calling.adopt(handed, options);
  }

  /**
   * Releases what is held, aborts its signals, ends the waiting with an error of code "CLOSED", stops using the clients, and
   * closes those that `connect` made. Never rejects; resolves in about one node timeout, and keeps no process alive then.
   */
  close(): Promise<void> {
    return (this.#closing ??= this.#context.close());
  }

  /** Closes it at the end of an `await using`, where the realm has the symbol. */
  declare readonly [Symbol.asyncDispose]: () => Promise<void>;
}
