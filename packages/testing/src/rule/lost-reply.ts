/** The node does what it was asked, and nobody hears of it. */
import { carriesBytes, isInScope, type Message, type Scope } from "./message.ts";
import { drop, pass, type Rule } from "./verdict.ts";

/** Which replies are lost. */
export interface LostReplyOptions extends Omit<Scope, "direction"> {
  /**
   * How many replies are lost.
   * @default Infinity
   */
  readonly count?: number;
}

export function lostReply(options: LostReplyOptions): Rule {
  const scope: Scope = { ...options, direction: "reply" };
  let leftCount = options.count ?? Infinity;
  return (message: Message) => {
    if (leftCount <= 0 || !carriesBytes(message) || !isInScope(message, scope)) return pass;
    leftCount -= 1;
    return drop;
  };
}
