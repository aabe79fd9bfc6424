/** The entry: nodes, options, and the ways to take a lock. */
import { EventEmitter } from "node:events";
import { warnOfEvenCount } from "./core/quorum.ts";
import { checkHandedOver, checkResource, checkRoutine, shortTtlWarning } from "./options/check.ts";
import { RedlockError, ResourceLockedError } from "./errors/errors.ts";
import { adoptLock } from "./lock/adopt.ts";
import { closedError } from "./errors/explain.ts";
import { inspectResource, type Inspection } from "./round/inspect.ts";
import { Lock } from "./lock/lock.ts";
import { type Routine, runUnder } from "./lock/routine.ts";
import { NodeSet } from "./round/nodes.ts";
import { Lookout } from "./acquire/lookout.ts";
import { Acquisition } from "./acquire/acquisition.ts";
import { AcquireContext } from "./acquire/context.ts";
import { HeldLocks } from "./lock/held-locks.ts";
import { Reentrancy } from "./lock/reentrancy.ts";
import { snapshotOfHeld, type HandedOverLock, type HeldLockSnapshot } from "./lock/lock-json.ts";
import { closeLock } from "./lock/release.ts";
import type { AcquireRequest } from "./options/resolve.ts";
import { adaptClients, connectNodes, type NodeAddress, type RedisClient } from "./node/adapt.ts";
import type { Node } from "./node/node.ts";
import { reporterOf, type RedlockEvents } from "./observe/events.ts";
import type { Health } from "./observe/health.ts";
import { snapshotOf, type MetricsSnapshot } from "./observe/metrics.ts";
import { acquireChannel, trace } from "./observe/tracing.ts";
import type { AcquireOptions, ConnectOptions, RedlockOptions } from "./options/options.ts";
import { resolveOptions, type ResolvedOptions } from "./options/resolve.ts";
import { Calls } from "./options/calls.ts";
import type { ReadyOptions } from "./options/ready.ts";
import { makeAsyncDisposable } from "./runtime/disposable.ts";
import type { Runtime } from "./runtime/runtime.ts";
import { systemRuntime } from "./runtime/system.ts";

/**
 * A lock over N independent Redis masters: held by the client with a strict majority of them, released by its holder or by
 * its TTL. It is an event emitter of `RedlockEvents`.
 */
export class Redlock extends EventEmitter<RedlockEvents> {
  readonly #set: NodeSet;
  readonly #heldLocks: HeldLocks;
  readonly #context: AcquireContext;
  readonly #lookout: Lookout;
  readonly #options: ResolvedOptions;
  readonly #reentrancy = new Reentrancy();
  readonly #calls: Calls;
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
    this.#options = resolveOptions(options);
    this.#calls = new Calls(this.#options);
    const reporter = reporterOf(this, this.#options, runtime);
    const nodes = adaptClients(clients, runtime, this.#options.keyPrefix);
    this.#set = new NodeSet(nodes, runtime, this.#options, reporter);
    this.#lookout = new Lookout(this.#set);
    this.#heldLocks = new HeldLocks(runtime);
    this.#context = new AcquireContext(this.#set, this.#heldLocks);
    const warning = warnOfEvenCount(nodes.length);
    if (warning !== undefined) runtime.defer(() => reporter.warn("EVEN_NODE_COUNT", warning));
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
    return this.#acquire(this.#request("acquire", resources, ttlMs, options, false));
  }

  /** One round: `null` when another holder has a resource; rejects as `acquire` when no quorum could vote. */
  async tryAcquire(
    resources: string | readonly string[],
    ttlMs: number,
    options?: Omit<AcquireOptions, "waitMs">,
  ): Promise<Lock | null> {
    try {
      return await this.#acquire(this.#request("tryAcquire", resources, ttlMs, { ...options, waitMs: 0 }, false));
    } catch (error) {
      if (error instanceof ResourceLockedError) return null;
      throw error;
    }
  }

  /**
   * Runs `routine` under a lock that is kept alive by auto-extension, then releases it. Settles with the routine's own
   * result or error: a lock that was lost meanwhile is told by the signal, a release that failed by the event
   * "releaseFailed". Rejects as `acquire` when the lock is not won; the routine is not called then.
   */
  async using<Result>(resources: string | readonly string[], ttlMs: number, routine: Routine<Result>): Promise<Result>;
  async using<Result>(
    resources: string | readonly string[],
    ttlMs: number,
    options: AcquireOptions | undefined,
    routine: Routine<Result>,
  ): Promise<Result>;
  async using<Result>(
    resources: string | readonly string[],
    ttlMs: number,
    optionsOrRoutine: AcquireOptions | Routine<Result> | undefined,
    lastRoutine?: Routine<Result>,
  ): Promise<Result> {
    const bare = typeof optionsOrRoutine === "function";
    const routine = (bare ? optionsOrRoutine : lastRoutine)!;
    checkRoutine(routine, bare ? lastRoutine : undefined);
    const request = this.#request("using", resources, ttlMs, bare ? undefined : optionsOrRoutine, true);
    const { signal, reentrant } = request.call;
    const lock = await this.#acquire(request);
    return runUnder(lock, routine, signal, reentrant ? this.#reentrancy : undefined);
  }

  /**
   * Who holds a resource, as each node sees it. Waits for every node, or the node timeout. Rejects only a bad name.
   */
  async inspect(resource: string): Promise<Inspection> {
    checkResource(resource, this.#options.keyPrefix);
    await this.#set.whenJoined();
    return inspectResource(this.#set, resource);
  }

  /**
   * Resolves when a quorum of nodes would grant a lock: they are connected, independent, out of quarantine, with memory and
   * rights. For the start of a process, before it says that it is ready. What it waits for is told by the event "warning".
   * Rejects as `acquire` does when `waitMs` is over, or at once for what no waiting mends; or with `signal.reason`. What it
   * tries on the nodes is taken back, and ends by itself in 2 s.
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
    return [...this.#heldLocks.all].filter(({ state }) => state === "held").map(snapshotOfHeld);
  }

  /** All counts since this object was made, and what is so now, with names for Prometheus. */
  metrics(): MetricsSnapshot {
    const [heldCount, waitingCount] = [this.#heldLocks.all.size, this.#context.underWay.size];
    const present = { name: this.#options.name, heldCount, waitingCount, health: this.health() };
    return snapshotOf(this.#set.reporter.meter, present);
  }

  /**
   * Takes over a lock that `lock.handOver()` gave away, in this process or another: one extend round must be confirmed by
   * a quorum. `autoExtend` is on unless the options say otherwise.
   *
   * Rejects with `LockLostError` when the lock is no longer there, `QuorumUnavailableError` when too few nodes answered, or
   * count so soon after a restart, `NotIndependentError`.
   */
  async adopt(handed: HandedOverLock, options?: Omit<AcquireOptions, "waitMs" | "signal">): Promise<Lock> {
    const fence = checkHandedOver(handed);
    const request = this.#request("adopt", handed.resources, handed.ttlMs, options, true);
    await this.#set.whenJoined();
    return new Lock(await adoptLock(this.#set, this.#heldLocks, request, handed, fence));
  }

  /**
   * Releases what is held, and aborts their signals; ends the waiting with an error of code "CLOSED", and stops using the
   * clients; those that `connect` made are closed. Never rejects; resolves within about one node timeout. Nothing of this
   * object keeps the process alive then.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Closes it at the end of an `await using`, where the realm has the symbol. */
  declare readonly [Symbol.asyncDispose]: () => Promise<void>;

  async #close(): Promise<void> {
    this.#lookout.close();
    const { all } = this.#heldLocks;
    for (const acquisition of this.#context.underWay) acquisition.close();
    // Again, for a lock that was adopted meanwhile.
    while (all.size > 0) await Promise.allSettled([...all].map((heldLock) => closeLock(heldLock)));
    this.#heldLocks.stop();
    this.#context.announcements.close();
    await this.#set.close();
  }

  #request(
    method: string,
    resources: string | readonly string[],
    ttlMs: number,
    options: AcquireOptions | undefined,
    autoExtend: boolean,
  ): AcquireRequest {
    const request = this.#calls.request(method, resources, ttlMs, options, autoExtend);
    if (this.#closing !== undefined) throw closedError(request.resources);
    const warning = shortTtlWarning(method, ttlMs);
    if (warning !== undefined) this.#set.reporter.warnOnce("SHORT_TTL", warning);
    this.#lookout.noteRequest(request);
    return request;
  }

  #acquire(request: AcquireRequest): Promise<Lock> {
    if (!acquireChannel.hasSubscribers) return this.#acquireCounted(request);
    const subject = { resources: request.resources, ttlMs: request.call.ttlMs };
    const resultOf = ({ fencingToken }: Lock) => ({ fencingToken });
    return trace(acquireChannel, this.#options, subject, () => this.#acquireCounted(request), resultOf);
  }

  async #acquireCounted(request: AcquireRequest): Promise<Lock> {
    const { signal, reentrant } = request.call;
    try {
      signal?.throwIfAborted();
      if (reentrant) {
        const nested = await this.#reentrancy.nest(request);
        if (nested !== undefined) return nested;
        // Both may have come while that was awaited, and nothing else would tell.
        signal?.throwIfAborted();
        if (this.#closing !== undefined) throw closedError(request.resources);
      }
      return new Lock(await new Acquisition(this.#context, request).run());
    } catch (error) {
      this.#set.reporter.meter.failed(error instanceof RedlockError ? error.code : "ABORTED");
      throw error;
    }
  }
}
