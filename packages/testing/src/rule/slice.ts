/** Messages that arrive in pieces: whoever takes a chunk of bytes for a whole reply is found out. */
import { isInScope, type Message, type Scope } from "./message.ts";
import { pass, type Rule } from "./verdict.ts";

/** Which messages are cut, and how small. */
export interface SliceOptions extends Scope {
  /** The most bytes in one piece. */
  readonly pieceByteLength: number;
}

export function slice(options: SliceOptions): Rule {
  const { pieceByteLength } = options;
  return (message: Message) => (isInScope(message, options) ? { kind: "slice", pieceByteLength } : pass);
}
