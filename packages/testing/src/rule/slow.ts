/** A node that is slow to answer, while the network to it is not: its requests arrive at once. */
import { isInScope, type Message, type Scope } from "./message.ts";
import { pass, type Rule } from "./verdict.ts";

/** Which nodes are slow, and by how much. */
export interface SlowOptions extends Omit<Scope, "direction"> {
  /** How much longer each reply takes. */
  readonly delayMs: number;
}

export function slow(options: SlowOptions): Rule {
  const scope: Scope = { ...options, direction: "reply" };
  return (message: Message) => (isInScope(message, scope) ? { kind: "delay", delayMs: options.delayMs } : pass);
}
