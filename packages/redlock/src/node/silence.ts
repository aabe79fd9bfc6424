/** When a node is taken for silent: a round's time was over, and a call that was written before is still unanswered. */
import type { Runtime } from "../runtime/runtime.ts";
import type { Batch } from "./batches.ts";
import type { Health } from "./health.ts";
import type { InFlight } from "./writer.ts";

/** A call younger than this proves no silence: the round that ran out of time may have waited for its turn here. */
const silentAfterMs = 25;

export class Silence {
  readonly #runtime: Runtime;
  readonly #inFlight: InFlight;
  readonly #health: Health;
  readonly #onSilent: (detail: string) => void;
  /** Taken for silent, unless it turns out that its answer was only not read yet. */
  #suspect: Batch | undefined;

  constructor(runtime: Runtime, inFlight: InFlight, health: Health, onSilent: (detail: string) => void) {
    this.#runtime = runtime;
    this.#inFlight = inFlight;
    this.#health = health;
    this.#onSilent = onSilent;
  }

  noteOverdue(): void {
    const { oldest } = this.#inFlight;
    if (this.#health.status !== "up" || oldest === undefined || oldest === this.#suspect) return;
    if (this.#ageMs(oldest) < silentAfterMs) return;
    this.#suspect = oldest;
    this.#runtime.afterInput(() => this.#confirm(oldest));
  }

  /** Our own event loop may have been busy for as long as the node seemed silent: its answer is read by now. */
  #confirm(suspect: Batch): void {
    this.#suspect = undefined;
    if (this.#health.status !== "up" || this.#inFlight.oldest !== suspect) return;
    this.#onSilent(`no answer for ${Math.round(this.#ageMs(suspect))} ms`);
  }

  #ageMs(batch: Batch): number {
    return this.#runtime.readClocks().monotonicMs - batch.writtenAtMs;
  }
}
