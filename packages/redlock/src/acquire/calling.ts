/** A caller's call, from its options to a handle: checked, traced, counted. */
import { RedlockError, ResourceLockedError } from "../errors/errors.ts";
import { closedError } from "../errors/explain-own.ts";
import { adoptLock } from "../lock/adopt.ts";
import type { HandedOverLock } from "../lock/lock-json.ts";
import { Lock } from "../lock/lock.ts";
import { Reentrancy } from "../lock/reentrancy.ts";
import { type Routine, runUnder, type UsingRest } from "../lock/routine.ts";
import { acquireChannel, trace } from "../observe/tracing.ts";
import { checkHandedOver, checkRoutine } from "../options/check.ts";
import { holdOf } from "../options/hold.ts";
import type { AcquireOptions } from "../options/options.ts";
import { resolveCall, type AcquireRequest, type ResolvedCall, type ResolvedOptions } from "../options/resolve.ts";
import { checkResources } from "../options/resources.ts";
import { Acquisition } from "./acquisition.ts";
import { Needless } from "./needless.ts";
import type { AcquireContext } from "./context.ts";

/** A TTL that is long in seconds, and hardly usable in milliseconds. */
const LONGEST_IN_SECONDS = 120;

export class Calling {
  readonly context: AcquireContext;
  readonly options: ResolvedOptions;
  readonly #plainCalls: (ResolvedCall | undefined)[] = [undefined, undefined];
  readonly #reentrancy = new Reentrancy();

  constructor(context: AcquireContext) {
    this.context = context;
    this.options = context.set.options;
  }

  /** Throws before any I/O. `method` is for messages; `autoExtend` is the method's default. */
  request(
    method: string,
    resources: string | readonly string[],
    ttlMs: number,
    options: AcquireOptions | undefined,
    autoExtend: boolean,
  ): AcquireRequest {
    const { keyPrefix } = this.options;
    const checked = checkResources(resources, keyPrefix);
    const call =
      options === undefined
        ? this.#plainCall(method, ttlMs, autoExtend)
        : resolveCall(method, ttlMs, options, this.options, autoExtend);
    const keys = keyPrefix === "" ? checked : checked.map((resource) => keyPrefix + resource);
    const hold = options === undefined ? undefined : holdOf(checked, call);
    this.throwIfClosed(checked);
    if (ttlMs <= LONGEST_IN_SECONDS) this.#warnOfShortTtl(method, ttlMs);
    const request = { resources: checked, keys, call, hold };
    this.context.lastRequest = request;
    return request;
  }

  /** Without options of its own a call is like the last one of that TTL, and held locks share it. */
  #plainCall(method: string, ttlMs: number, autoExtend: boolean): ResolvedCall {
    const known = this.#plainCalls[autoExtend ? 1 : 0];
    if (known !== undefined && known.ttlMs === ttlMs) return known;
    const call = resolveCall(method, ttlMs, undefined, this.options, autoExtend);
    this.#plainCalls[autoExtend ? 1 : 0] = call;
    return call;
  }

  #warnOfShortTtl(method: string, ttlMs: number): void {
    const meant = `${method}: a TTL of ${ttlMs} is ${ttlMs} milliseconds. If seconds are meant, write ${ttlMs}_000.`;
    this.context.set.reporter.warnOnce("SHORT_TTL", meant);
  }

  throwIfClosed(resources: readonly string[]): void {
    if (this.context.isClosed) throw closedError(resources);
  }

  acquire(request: AcquireRequest): Promise<Lock> {
    if (!acquireChannel.hasSubscribers) return this.#acquireCounted(request);
    const subject = { resources: request.resources, ttlMs: request.call.ttlMs };
    const resultOf = ({ fencingToken }: Lock) => ({ fencingToken });
    return trace(acquireChannel, this.options, subject, () => this.#acquireCounted(request), resultOf);
  }

  /** `null` when another holder has a resource. */
  async acquireOrNull(request: AcquireRequest): Promise<Lock | null> {
    try {
      return await this.acquire(request);
    } catch (error) {
      if (error instanceof ResourceLockedError) return null;
      throw error;
    }
  }

  /** Rejects as `adoptLock`, or as `request` throws. */
  async adopt(handed: HandedOverLock, options: AcquireOptions | undefined): Promise<Lock> {
    const fence = checkHandedOver(handed);
    const request = this.request("adopt", handed.resources, handed.ttlMs, options, true);
    const { set, heldLocks } = this.context;
    await set.whenJoined();
    try {
      return new Lock(await adoptLock(set, heldLocks, request, handed, fence));
    } catch (error) {
      this.throwIfClosed(request.resources);
      throw error;
    }
  }

  async using<Result>(
    resources: string | readonly string[],
    ttlMs: number,
    ...rest: UsingRest<Result>
  ): Promise<Result> {
    const [first, last] = rest;
    const isBare = typeof first === "function";
    const routine = (isBare ? first : last)!;
    checkRoutine(routine, isBare ? last : undefined);
    const request = this.request("using", resources, ttlMs, isBare ? undefined : first, true);
    return this.run(await this.acquire(request), request, routine);
  }

  async tryUsing<Result>(
    resources: string | readonly string[],
    ttlMs: number,
    options: AcquireOptions | undefined,
    routine: Routine<Result>,
  ): Promise<Result | null> {
    checkRoutine(routine, undefined, "tryUsing");
    const request = this.request("tryUsing", resources, ttlMs, { ...options, waitMs: 0 }, true);
    const lock = await this.acquireOrNull(request);
    return lock && this.run(lock, request, routine);
  }

  /** Runs the routine under a lock that was won by this request, and releases it. */
  run<Result>(lock: Lock, { call }: AcquireRequest, routine: Routine<Result>): Promise<Result> {
    return runUnder(lock, routine, call.signal, call.reentrant ? this.#reentrancy : undefined);
  }

  async #acquireCounted(request: AcquireRequest): Promise<Lock> {
    const { signal, reentrant } = request.call;
    try {
      signal?.throwIfAborted();
      if (reentrant) {
        const nested = await this.#reentrancy.nest(request);
        if (nested !== undefined) return nested;
        // Meanwhile the signal may have aborted, or the Redlock been closed, and nothing else would tell.
        signal?.throwIfAborted();
        this.throwIfClosed(request.resources);
      }
      return new Lock(await new Acquisition(this.context, request).run());
    } catch (error) {
      if (error instanceof Needless) throw error;
      this.context.set.reporter.meter.failed(error instanceof RedlockError ? error.code : "ABORTED");
      throw error;
    }
  }
}
