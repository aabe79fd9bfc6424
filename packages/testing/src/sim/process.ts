/**
 * One simulated operating-system process that runs the real library.
 *
 * Its code takes no time, but it can be kept from running: stopped (SIGSTOP, a blocked event loop, a garbage
 * collection), suspended with its machine, or killed. Whatever was due meanwhile runs afterwards, in order; that is
 * how a holder comes to wake up long after its lock ended and believe it still has it. A stop may also strike between
 * any two callbacks, because that is where an unlucky pause does its damage: between reading a clock and sending,
 * between the reply and the check.
 */
import type { MachineClocks } from "./clock.ts";
import type { Prng } from "./prng.ts";
import type { Scheduler } from "./scheduler.ts";

/** Pauses that strike between callbacks. */
export interface Interruptions {
  /** Per callback. */
  readonly probability: number;
  readonly meanMs: number;
}

export class SimProcess {
  readonly name: string;
  readonly clocks: MachineClocks;
  readonly scheduler: Scheduler;
  readonly prng: Prng;
  interruptions: Interruptions | undefined;
  #stops = 0;
  #killed = false;
  #backlog: (() => void)[] = [];
  #draining = false;
  #promptSinceMs = 0;

  constructor(name: string, clocks: MachineClocks, scheduler: Scheduler, prng: Prng) {
    this.name = name;
    this.clocks = clocks;
    this.scheduler = scheduler;
    this.prng = prng;
  }

  get isKilled(): boolean {
    return this.#killed;
  }

  /** Whether its code runs at the moment things fall due; false also while it catches up after a stop. */
  get isPrompt(): boolean {
    return !this.#killed && this.#stops === 0 && this.#backlog.length === 0;
  }

  /** Since when, in true time. */
  get promptSinceMs(): number {
    return this.isPrompt ? this.#promptSinceMs : Number.POSITIVE_INFINITY;
  }

  /** Runs code of this process now, or when it runs again; never once it was killed. */
  enter(callback: () => void): void {
    if (this.#killed) return;
    if (this.#stops > 0 || this.#backlog.length > 0) {
      this.#backlog.push(callback);
      return;
    }
    const interruptions = this.interruptions;
    if (interruptions !== undefined && this.prng.chance(interruptions.probability)) {
      this.#backlog.push(callback);
      this.stopFor(this.prng.exponential(interruptions.meanMs));
      return;
    }
    callback();
  }

  stop(): void {
    this.#stops += 1;
  }

  resume(): void {
    this.#stops = Math.max(0, this.#stops - 1);
    this.#promptSinceMs = this.scheduler.nowMs;
    this.#drain();
  }

  stopFor(durationMs: number): void {
    this.stop();
    this.scheduler.after(durationMs, () => this.resume());
  }

  /** The machine sleeps: nothing runs, and the monotonic clock stands still. */
  suspendFor(durationMs: number): void {
    this.stop();
    this.clocks.suspend();
    this.scheduler.after(durationMs, () => {
      this.clocks.wake();
      this.resume();
    });
  }

  /** SIGKILL: none of its code ever runs again. */
  kill(): void {
    this.#killed = true;
    this.#backlog = [];
  }

  /** One callback per event, so that promises settle in between as they would in a real event loop. */
  #drain(): void {
    if (this.#draining || this.#stops > 0 || this.#killed || this.#backlog.length === 0) return;
    this.#draining = true;
    this.scheduler.defer(() => {
      this.#draining = false;
      if (this.#stops > 0 || this.#killed) return;
      this.#promptSinceMs = this.scheduler.nowMs;
      const next = this.#backlog.shift();
      next?.();
      this.#drain();
    });
  }
}
