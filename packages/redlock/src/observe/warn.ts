/**
 * Warnings are for the listeners of "warning", also for those of the constructor's time: a first listener, however late it
 * comes, gets what was told before. What has no listener by the end of the turn is a process warning.
 */
import type { EventEmitter } from "node:events";
import process from "node:process";

/** Something to mend. Printed as a process warning without a listener. */
export interface WarningEvent {
  /** Stable, e.g. "EVEN_NODE_COUNT". */
  readonly code: string;
  readonly message: string;
}

/** How many warnings are kept for a listener that comes later: more than there are kinds. */
const MOST_UNHEARD = 100;

export function warningsOf(
  emitter: EventEmitter,
  report: (event: WarningEvent) => void,
  runtime: { defer(callback: () => void): void },
): (event: WarningEvent) => void {
  const unheard: WarningEvent[] = [];
  const hasListener = (): boolean => emitter.listenerCount("warning") > 0;
  function tellListeners(): void {
    if (hasListener()) for (const event of unheard.splice(0)) report(event);
  }
  emitter.on("newListener", (name: unknown) => {
    if (name === "warning" && unheard.length > 0) runtime.defer(tellListeners);
  });
  return (event) => {
    if (hasListener()) {
      report(event);
      return;
    }
    if (unheard.length < MOST_UNHEARD) unheard.push(event);
    runtime.defer(() => {
      tellListeners();
      if (!hasListener()) process.emitWarning(event.message, { type: "RedlockWarning", code: event.code });
    });
  };
}
