/** A `Redlock` for one test. */
import { Redlock, type RedlockOptions, type WarningEvent } from "@quorate/redlock";

export interface TestRedlock extends Redlock {
  /** What it has warned of so far. */
  readonly warnings: WarningEvent[];
}

/**
 * Over these servers, closed at the end of its scope. A fleet's servers are always young, so the restart guard is off
 * unless the options say otherwise.
 */
export function connectTo(urls: readonly string[], options: RedlockOptions = {}): TestRedlock {
  return forTest(Redlock.connect(urls, { restartGuardMs: 0, ...options }));
}

/** The same for a `Redlock` that was made otherwise. */
export function forTest(redlock: Redlock): TestRedlock {
  const warnings: WarningEvent[] = [];
  redlock.on("warning", (warning) => warnings.push(warning));
  return Object.assign(redlock, { warnings });
}
