/** Records what a worker believes of its lock, for the checker; it believes nothing beyond the validity it was told. */
import type { Lock } from "@quorate/redlock";
import type { HoldRecorder } from "@quorate/testing";

export class Witness {
  readonly #recorder: HoldRecorder;
  readonly #lock: Lock;
  #validUntilMs: number;

  constructor(recorder: HoldRecorder, lock: Lock) {
    this.#recorder = recorder;
    this.#lock = lock;
    this.#validUntilMs = performance.now() + lock.remainingMs();
  }

  extended(): void {
    this.#validUntilMs = performance.now() + this.#lock.remainingMs();
    this.#recorder.extended();
  }

  /** A loss that is told after the end of validity, as to a process that was paused, is no news to the history. */
  lost(): void {
    if (performance.now() < this.#validUntilMs) this.#recorder.lost();
  }

  /** Call right before the release. */
  released(): void {
    if (this.#lock.isHeld()) this.#recorder.released();
  }
}
