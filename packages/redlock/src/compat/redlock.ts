/** The class that node-redlock 5 exports by default. */
import { EventEmitter } from "node:events";
import process from "node:process";
import { Holding } from "../core/holding.ts";
import { remainingMs } from "../core/validity.ts";
import { systemRuntime } from "../runtime/system.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { Acquisition } from "./acquire.ts";
import { alreadyExpired, ExecutionError } from "./errors.ts";
import { Extension } from "./extend.ts";
import { type AnyClient, type Fleet, fleetOf } from "./fleet.ts";
import { type Hold, holdOf, keepHold, leftMs } from "./hold.ts";
import { Lock } from "./lock.ts";
import { quitFleet, waitForTurn } from "./quit.ts";
import { Release } from "./release.ts";
import { checkDuration, checkSettings, checkThreshold, checkValue, keysOf } from "./requirements.ts";
import { foundBy, tryRepeatedly } from "./retry.ts";
import { hasChoice, resolveScripts, type ScriptChoice, type Scripts } from "./scripts.ts";
import type { MergedSettings, Settings, SomeSettings } from "./settings.ts";
import { checkGuard, isGuarded, mergeSettings } from "./settings.ts";
import type { Client, ExecutionResult, ExecutionStats } from "./stats.ts";
import { type Routine, UsedLock } from "./using.ts";

export type { RedlockAbortSignal, RedlockUsingContext } from "./using.ts";

/**
 * A quorum lock over one client per independent Redis master, or a plain lock over one client. Emits "error" for every
 * vote against; it needs no listener.
 */
export default class Redlock extends EventEmitter {
  readonly clients: Set<Client>;
  readonly settings: Settings;
  readonly scripts: Scripts;
  readonly #fleet: Fleet;

  /**
   * Clients of ioredis, or of another library that this one knows; of anything else, plain scripts are run on it.
   * `runtime` is for simulators. Throws for no clients, for what is no object, and for a setting that would be ignored.
   */
  constructor(
    clients: Iterable<Client | AnyClient>,
    settings: SomeSettings = {},
    scripts?: Partial<Record<keyof Scripts, ScriptChoice>>,
    runtime: Runtime = systemRuntime,
  ) {
    super();
    // An "error" event without a listener would end the process.
    this.on("error", () => {});
    this.clients = new Set((clients ?? []) as Iterable<Client>);
    if (this.clients.size === 0) throw new Error("Redlock must be instantiated with at least one redis client.");
    this.settings = mergeSettings(settings);
    this.scripts = resolveScripts(scripts);
    const own = hasChoice(scripts) ? this.scripts : undefined;
    this.#fleet = fleetOf([...this.clients], own, runtime, (error) => this.#report(error));
    checkSettings(this.#fleet, this.settings);
  }

  /** Ends all clients when what was asked is answered. One that does not answer is disconnected. */
  async quit(): Promise<void> {
    await quitFleet(this.#fleet, this.clients);
  }

  /**
   * Locks all resources, or none, for `duration` milliseconds. Rejects with an `ExecutionError` when no try succeeded;
   * nothing is left in Redis then, on any node that could be reached.
   */
  async acquire(resources: string[], duration: number, settings?: SomeSettings): Promise<Lock> {
    checkDuration(duration);
    const merged = this.#merge(settings);
    checkGuard(merged, duration);
    const keys = keysOf(resources);
    await this.#fleet.set.whenJoined();
    const tried = await tryRepeatedly(this.#fleet, merged, (sofar) =>
      // A duration below 0 is refused by the node just as 0 is.
      new Acquisition(this.#fleet, keys, Math.max(0, duration), merged).run(sofar),
    );
    const { token, hold } = await foundBy(this.#fleet, tried);
    return this.#lock(resources, token, tried.attempts, Infinity, hold);
  }

  /**
   * Ends the lock at the call. Resolves when a quorum of nodes has it no more, also when it had expired or was released
   * before; rejects with an `ExecutionError` when too few nodes could be reached while it was valid.
   */
  async release(lock: Lock, settings?: SomeSettings): Promise<ExecutionResult> {
    const merged = this.#merge(settings);
    const keys = keysOf(lock.resources);
    checkValue(lock.value);
    const wasOver = leftMs(lock, this.#fleet.set.runtime.readClocks()) <= 0;
    const hold = holdOf(lock);
    lock.expiration = 0;
    hold?.holding.lose();
    const tries = wasOver ? { ...merged, retryCount: 0 } : merged;
    let start = 0;
    const begin = waitForTurn(this.#fleet);
    const tried = await tryRepeatedly(this.#fleet, tries, (sofar) => {
      begin();
      start = this.#fleet.set.runtime.readClocks().wallMs;
      return new Release(this.#fleet, keys, lock.value, hold, merged).run(sofar);
    });
    if (!wasOver) await foundBy(this.#fleet, tried);
    return { attempts: tried.attempts, start: Math.floor(start) };
  }

  /**
   * Gives a lock `duration` milliseconds from now: resolves with a new `Lock`, and `existing` is over. Rejects with an
   * `ExecutionError` when it has expired, or no try succeeded; a lock whose keys are gone on too many nodes is over.
   */
  async extend(existing: Lock, duration: number, settings?: SomeSettings): Promise<Lock> {
    checkDuration(duration);
    const merged = this.#merge(settings);
    const keys = keysOf(existing.resources);
    checkValue(existing.value);
    const { set } = this.#fleet;
    checkGuard(merged, duration);
    if (leftMs(existing, set.runtime.readClocks()) <= 0) throw new ExecutionError(alreadyExpired, []);
    const holding = new Holding(set.nodes.length, set.quorum, isGuarded(merged));
    const hold = holdOf(existing) ?? { holding, fence: 0, longestTtlMs: duration };
    await set.whenJoined();
    const tried = await tryRepeatedly(this.#fleet, merged, async (sofar) => {
      if (leftMs(existing, set.runtime.readClocks()) <= 0) return "never";
      const outcome = await new Extension(this.#fleet, { keys, token: existing.value, hold }, duration, merged).run(
        sofar,
      );
      if (outcome === "never") existing.expiration = 0;
      return outcome;
    });
    const found = await foundBy(this.#fleet, tried);
    existing.expiration = 0;
    const mostMs = remainingMs(found.assured, set.runtime.readClocks());
    return this.#lock(existing.resources, existing.value, tried.attempts, mostMs, hold);
  }

  /**
   * Runs `routine` under a lock that is extended whenever less than `automaticExtensionThreshold` is left, then releases
   * it. Settles with the routine's own result or error. The signal aborts when the lock is lost; `signal.error` says why.
   * `context` is as in `@sesamecare-oss/redlock`.
   */
  async using<Result>(
    resources: string[],
    duration: number,
    settings: SomeSettings,
    routine?: Routine<Result>,
  ): Promise<Result>;
  async using<Result>(resources: string[], duration: number, routine: Routine<Result>): Promise<Result>;
  async using<Result>(
    resources: string[],
    duration: number,
    settingsOrRoutine: SomeSettings | Routine<Result>,
    lastRoutine?: Routine<Result>,
  ): Promise<Result> {
    checkDuration(duration);
    const isBare = typeof settingsOrRoutine === "function";
    // As there, the last parameter counts where both are routines.
    const routine = lastRoutine ?? settingsOrRoutine;
    if (typeof routine !== "function") throw new Error("INVARIANT: routine is not a function.");
    const merged = this.#merge(isBare ? undefined : settingsOrRoutine);
    checkThreshold(merged, duration);
    const lock = await this.acquire(resources, duration, merged);
    const used = new UsedLock(this.#fleet, lock, duration, merged);
    try {
      return await routine(used.signal, used.context);
    } finally {
      // Whatever goes wrong now must not replace or delay the routine's result; every vote against is an event.
      await this.release(used.end(), { retryCount: 0 }).catch(() => {});
    }
  }

  #merge(settings: SomeSettings | null | undefined): MergedSettings {
    const merged = mergeSettings(settings, this.settings);
    checkSettings(this.#fleet, merged);
    return merged;
  }

  #lock(
    resources: string[],
    token: string,
    attempts: readonly Promise<ExecutionStats>[],
    mostMs: number,
    hold: Hold,
  ): Lock {
    const now = this.#fleet.set.runtime.readClocks();
    const expiration = now.wallMs + Math.min(mostMs, hold.holding.remainingMs(now));
    const lock = new Lock(this, resources, token, attempts, Math.floor(expiration));
    if (hold.fence > 0) Object.defineProperty(lock, "fencingToken", { value: hold.fence, enumerable: true });
    keepHold(lock, hold);
    return lock;
  }

  #report(error: Error): void {
    try {
      this.emit("error", error);
    } catch (thrown) {
      process.emitWarning(`A listener of "error" threw: ${String(thrown)}`, { code: "REDLOCK_LISTENER" });
    }
  }
}
