/**
 * Found, or made by one while the others wait for it: single flight over processes. The result lives where `find` looks,
 * not on the nodes; the lock only keeps two from making it at once.
 */
import { whenAborted } from "../runtime/abort.ts";
import { checkRoutine, checkFind } from "../options/check.ts";
import { splitOptions } from "../options/coordinate.ts";
import type { AcquireOptions } from "../options/options.ts";
import type { Calling } from "../acquire/calling.ts";
import { Needless } from "../acquire/needless.ts";
import type { Routine } from "../lock/routine.ts";

/** Options of `runOnce`. */
export interface OnceOptions<Result> extends Omit<AcquireOptions, "reentrant" | "fair"> {
  /**
   * Looks for the result; `undefined` when it is not there. Called before the lock is asked for, whenever a holder has
   * released it, and under the lock. What it throws rejects the call.
   */
  readonly find: (signal: AbortSignal) => Result | undefined | Promise<Result | undefined>;
}

/** What the callers of one process that ask for the same name have in common. */
interface Flight {
  readonly controller: AbortController;
  readonly result: Promise<unknown>;
  callerCount: number;
}

/** The flights of one `Redlock`. */
export class Flights {
  readonly #calling: Calling;
  readonly #flights = new Map<string, Flight>();

  constructor(calling: Calling) {
    this.#calling = calling;
  }

  /** Joins the flight of that name, or begins one: the first caller's options and routine are the ones that count. */
  async runOnce<Result>(
    name: string,
    ttlMs: number,
    options: OnceOptions<Result>,
    routine: Routine<Result>,
  ): Promise<Result> {
    const { find, rest } = splitOptions("runOnce", options, {
      find: undefined as OnceOptions<Result>["find"] | undefined,
    });
    checkFind(find);
    checkRoutine(routine, undefined, "runOnce");
    const { signal } = rest;
    // Checked before the first look, which is the caller's own I/O.
    this.#calling.request("runOnce", name, ttlMs, { ...rest, ...OPEN }, true);
    signal?.throwIfAborted();
    const known = this.#flights.get(name);
    const flight = known ?? this.#begin(name, (own) => this.#fly(name, ttlMs, { ...rest, find, signal: own }, routine));
    return join(flight, signal, () => this.#end(name, flight)) as Promise<Result>;
  }

  #begin(name: string, fly: (signal: AbortSignal) => Promise<unknown>): Flight {
    const controller = new AbortController();
    const flight: Flight = { controller, result: fly(controller.signal), callerCount: 0 };
    this.#flights.set(name, flight);
    flight.result.catch(() => {}).finally(() => this.#end(name, flight));
    return flight;
  }

  /** Who comes from now on begins anew. */
  #end(name: string, flight: Flight): void {
    if (this.#flights.get(name) === flight) this.#flights.delete(name);
  }

  async #fly<Result>(
    name: string,
    ttlMs: number,
    { find, ...options }: OnceOptions<Result> & { readonly signal: AbortSignal },
    routine: Routine<Result>,
  ): Promise<Result> {
    const look = async (signal: AbortSignal): Promise<void> => {
      const result = await find(signal);
      if (result !== undefined) throw new Needless(result);
    };
    const { signal } = options;
    try {
      await look(signal);
      const request = this.#calling.request("runOnce", name, ttlMs, { ...options, ...OPEN }, true);
      const lock = await this.#calling.acquire({ ...request, beforeRetry: () => look(signal) });
      return await this.#calling.run(lock, request, async (held) => {
        await look(held);
        return routine(held, lock);
      });
    } catch (error) {
      if (error instanceof Needless) return error.result as Result;
      throw error;
    }
  }
}

/** Without a place in line, a release calls everybody: all look, and the first who finds nothing makes the result. */
const OPEN = { fair: false, reentrant: false } as const;

/** Settles as the flight does, or as the caller's signal aborts; the last who leaves ends the flight. */
async function join(flight: Flight, signal: AbortSignal | undefined, onLast: () => void): Promise<unknown> {
  flight.callerCount++;
  let unwatch: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    const leave = (): void => reject(signal!.reason as Error);
    // What the flight began with may be what aborted.
    if (signal?.aborted === true) leave();
    else unwatch = signal && whenAborted(signal, leave);
  });
  try {
    return await Promise.race([flight.result, aborted]);
  } catch (error) {
    if (signal?.aborted === true && flight.callerCount === 1) {
      onLast();
      flight.controller.abort(signal.reason);
      // The routine is waited for: nothing of this call runs on behind its caller's back.
      await flight.result.catch(() => {});
    }
    throw error;
  } finally {
    flight.callerCount--;
    unwatch?.();
  }
}
