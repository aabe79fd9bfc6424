/** Connections that break in the middle: both ends are told, and neither knows what the other has still received. */
import { carriesBytes, isInScope, type Message, type Scope } from "./message.ts";
import { pass, reset, type Rule } from "./verdict.ts";

/** Which messages break their connection. */
export interface ResetOptions extends Scope {
  /**
   * How many messages break their connection.
   * @default Infinity
   */
  readonly count?: number;
}

export function resetConnections(options: ResetOptions): Rule {
  let leftCount = options.count ?? Infinity;
  return (message: Message) => {
    if (leftCount <= 0 || !carriesBytes(message) || !isInScope(message, options)) return pass;
    leftCount -= 1;
    return reset;
  };
}
