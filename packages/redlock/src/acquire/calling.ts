/** A caller's call, from its options to a handle: checked, traced, counted. */
import { RedlockError, ResourceLockedError } from "../errors/errors.ts";
import { closedError } from "../errors/explain.ts";
import { Lock } from "../lock/lock.ts";
import { Reentrancy } from "../lock/reentrancy.ts";
import { type Routine, runUnder } from "../lock/routine.ts";
import { acquireChannel, trace } from "../observe/tracing.ts";
import { Calls } from "../options/calls.ts";
import { shortTtlWarning } from "../options/check.ts";
import type { AcquireOptions } from "../options/options.ts";
import type { AcquireRequest, ResolvedOptions } from "../options/resolve.ts";
import { Acquisition } from "./acquisition.ts";
import { Needless } from "./needless.ts";
import type { AcquireContext } from "./context.ts";

export class Calling {
  readonly context: AcquireContext;
  readonly options: ResolvedOptions;
  readonly #calls: Calls;
  readonly #reentrancy = new Reentrancy();

  constructor(context: AcquireContext, options: ResolvedOptions) {
    this.context = context;
    this.options = options;
    this.#calls = new Calls(options);
  }

  /** Throws before any I/O. `method` is for messages; `autoExtend` is the method's default. */
  request(
    method: string,
    resources: string | readonly string[],
    ttlMs: number,
    options: AcquireOptions | undefined,
    autoExtend: boolean,
  ): AcquireRequest {
    const request = this.#calls.request(method, resources, ttlMs, options, autoExtend);
    this.throwIfClosed(request.resources);
    const warning = shortTtlWarning(method, ttlMs);
    if (warning !== undefined) this.context.set.reporter.warnOnce("SHORT_TTL", warning);
    this.context.lastRequest = request;
    return request;
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
        // Both may have come while that was awaited, and nothing else would tell.
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
