/**
 * Nodes that cannot be reached for a while. Nothing is lost for good: what was sent on a connection that is still open
 * arrives when the partition heals, as a network that repeats what was not confirmed makes it. That is what makes a
 * partition dangerous for a lock: a request that everybody has forgotten may still be carried out.
 */
import { isInScope, type Message, type Scope } from "./message.ts";
import { hold, pass, type Rule } from "./verdict.ts";

/** A `direction` makes it one-way: with "reply", the nodes hear and are not heard. */
export function partition(scope: Scope): Rule {
  return (message: Message) => (isInScope(message, scope) ? hold : pass);
}
