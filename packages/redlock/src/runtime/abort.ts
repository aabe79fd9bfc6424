/**
 * One listener per signal, however many callers give up by it: a process's shutdown signal is shared by hundreds of
 * acquires, and from the eleventh listener on Node warns of a leak.
 */
import { setMaxListeners } from "node:events";

interface Shared {
  readonly callbacks: Set<() => void>;
  readonly listener: () => void;
}

const shared = new WeakMap<AbortSignal, Shared>();

/** Calls back when the signal aborts, in the order of asking; the result ends that. Not for a signal that has aborted. */
export function whenAborted(signal: AbortSignal, callback: () => void): () => void {
  const known = shared.get(signal);
  const { callbacks, listener } = known ?? share(signal);
  callbacks.add(callback);
  return () => {
    if (!callbacks.delete(callback) || callbacks.size > 0) return;
    signal.removeEventListener("abort", listener);
    if (shared.get(signal)?.callbacks === callbacks) shared.delete(signal);
  };
}

function share(signal: AbortSignal): Shared {
  const callbacks = new Set<() => void>();
  const listener = (): void => {
    for (const callback of [...callbacks]) callback();
  };
  const made = { callbacks, listener };
  shared.set(signal, made);
  signal.addEventListener("abort", listener, { once: true });
  return made;
}

/**
 * What a routine is told by: the signal of its lock, or its caller's, whichever aborts first.
 *
 * Not `AbortSignal.any`: that keeps every signal that has a listener for as long as the caller's own one lives, and
 * a service gives the signal of its shutdown to each call.
 */
export class EitherSignal {
  readonly signal: AbortSignal;
  readonly #ends: (() => void)[] = [];

  constructor(signals: readonly AbortSignal[]) {
    const controller = new AbortController();
    this.signal = controller.signal;
    setMaxListeners(0, controller.signal);
    for (const each of signals) {
      if (each.aborted) controller.abort(each.reason);
      else this.#ends.push(whenAborted(each, () => controller.abort(each.reason)));
    }
  }

  /** From here on the signal aborts no more. */
  end(): void {
    for (const end of this.#ends) end();
  }
}
