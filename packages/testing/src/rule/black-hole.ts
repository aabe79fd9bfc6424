/**
 * Nodes that swallow everything without a word: no answer, no refusal, no reset. Connections that said something into
 * the hole stay dead when it is gone; new ones work.
 */
import { isInScope, type Message, type Scope } from "./message.ts";
import { drop, pass, type Rule } from "./verdict.ts";

export function blackHole(scope: Scope): Rule {
  return (message: Message) => (isInScope(message, scope) ? drop : pass);
}
