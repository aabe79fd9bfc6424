/**
 * Connections that are open at one end only: what was connected when the fault began hears nothing and is not heard
 * any more, and is not told. Connections made afterwards work.
 */
import { isInScope, type Message, type Scope } from "./message.ts";
import { drop, pass, type Rule } from "./verdict.ts";

/** `lastConnection`: the highest number of a connection that exists. */
export function halfOpen(scope: Scope, lastConnection: number): Rule {
  return (message: Message) => (message.connection <= lastConnection && isInScope(message, scope) ? drop : pass);
}
