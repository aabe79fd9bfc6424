/** What a client puts before every key. */
import { isWellFormed } from "../core/well-formed.ts";

/** As text. Throws `TypeError` for what no bytes stand for. */
export function keyPrefixText(prefix: string | Uint8Array | undefined): string {
  const text = typeof prefix === "object" ? new TextDecoder().decode(prefix) : (prefix ?? "");
  if (isWellFormed(text)) return text;
  throw new TypeError(`A client's keyPrefix must have no lone surrogates, got ${JSON.stringify(text)}.`);
}
