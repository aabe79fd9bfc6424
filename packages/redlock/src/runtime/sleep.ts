/** A wait that can be cut short. */
import type { Runtime } from "./runtime.ts";

export interface Sleep {
  readonly over: Promise<void>;
  /** Ends it now; does nothing when it is over. */
  wake(): void;
}

export function sleep(runtime: Runtime, delayMs: number): Sleep {
  let wake!: () => void;
  const over = new Promise<void>((resolve) => {
    const timer = runtime.startTimer(delayMs, resolve);
    wake = () => {
      timer.cancel();
      resolve();
    };
  });
  return { over, wake };
}
