/**
 * What a routine is told by: the signal of its lock, or its caller's, whichever aborts first.
 *
 * Not `AbortSignal.any`: that keeps every signal that somebody listens to for as long as the caller's own one lives, and
 * a service gives the signal of its shutdown to each call.
 */
import { whenAborted } from "./shared-abort.ts";

export class EitherSignal implements Disposable {
  readonly signal: AbortSignal;
  readonly #ends: (() => void)[] = [];

  constructor(signals: readonly AbortSignal[]) {
    const controller = new AbortController();
    this.signal = controller.signal;
    for (const each of signals) {
      if (each.aborted) controller.abort(each.reason);
      else this.#ends.push(whenAborted(each, () => controller.abort(each.reason)));
    }
  }

  /** From here on nobody is told. */
  [Symbol.dispose](): void {
    for (const end of this.#ends) end();
  }
}
