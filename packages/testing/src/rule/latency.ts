/** A network that takes its time, in each direction. */
import { isInScope, type Message, type Scope } from "./message.ts";
import { pass, type Rule } from "./verdict.ts";

/** How long messages take, and which. */
export interface LatencyOptions extends Scope {
  /** The least that a message takes, one way. */
  readonly delayMs: number;
  /**
   * How much longer it may take; drawn anew for each message.
   * @default 0
   */
  readonly jitterMs?: number;
}

/** `random`: a number in [0, 1), so that a seed decides the jitter. */
export function latency(options: LatencyOptions, random: () => number): Rule {
  const { delayMs, jitterMs = 0 } = options;
  return (message: Message) => {
    if (!isInScope(message, options)) return pass;
    return { kind: "delay", delayMs: jitterMs === 0 ? delayMs : delayMs + jitterMs * random() };
  };
}
