/** What a client puts before every key. */

/** No bytes stand for half a character: see options/check.ts. */
const LONE_SURROGATE = /\p{Cs}/u;

/** As text. Throws `TypeError` for what no bytes stand for. */
export function keyPrefixText(prefix: string | Uint8Array | undefined): string {
  const text = typeof prefix === "object" ? new TextDecoder().decode(prefix) : (prefix ?? "");
  if (!LONE_SURROGATE.test(text)) return text;
  throw new TypeError(`A client's keyPrefix must have no lone surrogates, got ${JSON.stringify(text)}.`);
}
