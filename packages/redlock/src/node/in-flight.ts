/** The script calls of one node that are written and not answered, in the order written. */
import type { Runtime } from "../runtime/runtime.ts";
import type { Batch } from "./batches.ts";
import type { Operation } from "./operation.ts";

export class InFlight {
  readonly #batches: Batch[] = [];
  #onEmpty: (() => void) | undefined;
  /** Calls written since the last answer, with those that the client has given up: the node may still come to run them. */
  writtenSinceAnswer = 0;

  get count(): number {
    return this.#batches.length;
  }

  /** `undefined` when everything is answered. */
  get oldest(): Batch | undefined {
    return this.#batches[0];
  }

  add(batch: Batch, nowMs: number): void {
    batch.writtenAtMs = nowMs;
    batch.unansweredCount = batch.operations.length;
    this.#batches.push(batch);
    this.writtenSinceAnswer += 1;
  }

  /** A batch's operations were answered, or never will be: all, or those of `indexes`. */
  settle(batch: Batch, indexes: readonly number[] | undefined): void {
    batch.unansweredCount -= (indexes ?? batch.operations).length;
    if (batch.unansweredCount > 0) return;
    const at = this.#batches.indexOf(batch);
    if (at >= 0) this.#batches.splice(at, 1);
    if (this.#batches.length === 0) this.#onEmpty?.();
  }

  /** Resolves when everything is answered, or the patience is over. */
  async answered(runtime: Runtime, patienceMs: number): Promise<void> {
    if (this.#batches.length === 0) return;
    await new Promise<void>((resolve) => {
      const patience = runtime.startTimer(patienceMs, resolve);
      this.#onEmpty = () => {
        patience.cancel();
        resolve();
      };
    });
  }

  /**
   * Whether an operation may be written again, because the node did not know the script. Not an acquire, extend or heal
   * whose round is over; nor an acquire or heal whose release was written behind it and would now come first: it would
   * come to life again, or come back to the line as a ghost.
   *
   * The node has just said so: how long it has been silent counts from now.
   */
  isStillWanted(batch: Batch, index: number, nowMs: number): boolean {
    batch.writtenAtMs = nowMs;
    const operation = batch.operations[index] as Operation;
    const isAbandoned = batch.receivers[index]?.abandoned === true;
    // An extend makes no key: behind the release of its lock it finds none.
    if (operation.kind === "extend") return !isAbandoned;
    if (operation.kind !== "acquire" && operation.kind !== "heal") return true;
    if (isAbandoned) return false;
    const endsIt = (other: Operation): boolean => other.kind === "release" && other.token === operation.token;
    return !this.#batches.some((other) => other !== batch && other.operations.some(endsIt));
  }
}
