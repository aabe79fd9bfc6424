/**
 * The locks that a `Redlock` holds: to end them at close, and to look at all of them at once when the clocks show that
 * the machine was suspended or the wall clock stepped, which no timer notices.
 */
import { elapsedMs } from "../core/validity.ts";
import type { ClockReading, Runtime, Timer } from "../runtime/runtime.ts";
import type { Tenure } from "./tenure.ts";

const BEAT_MS = 250;

export class Register {
  readonly #runtime: Runtime;
  readonly #tenures = new Set<Tenure>();
  #timer: Timer | undefined;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  get tenures(): ReadonlySet<Tenure> {
    return this.#tenures;
  }

  add(tenure: Tenure): void {
    this.#tenures.add(tenure);
    if (this.#timer === undefined) this.#beat(this.#runtime.readClocks());
  }

  delete(tenure: Tenure): void {
    this.#tenures.delete(tenure);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #beat(last: ClockReading): void {
    this.#timer = this.#runtime.startTimer(BEAT_MS, () => {
      this.#timer = undefined;
      if (this.#tenures.size === 0) return;
      const now = this.#runtime.readClocks();
      const jumpMs = elapsedMs(last, now) - (now.monotonicMs - last.monotonicMs);
      if (jumpMs > BEAT_MS) for (const tenure of [...this.#tenures]) tenure.vigil.watch();
      this.#beat(now);
    });
    this.#timer.keepProcessAlive(false);
  }
}
