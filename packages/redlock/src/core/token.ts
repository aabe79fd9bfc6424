/**
 * What a lock key holds: `<random>:<T>:<label>`. The random part is the secret by which only the holder can extend and
 * release; the fencing token and the label tell others who it is, without another question to the nodes. Nobody takes
 * anything else for a token of this library: another one's, or an older version's, has neither.
 */

/** What of the random part may be shown: it tells two holders apart, and releases nothing. */
const SHOWN_LENGTH = 8;

/** What stands behind the random part. `fence`: 0 where fencing is off. */
export function tokenTail(fence: number, label: string): string {
  return `:${fence}:${label}`;
}

/** Its beginning, for people. */
export function shownToken(token: string): string {
  return token.slice(0, Math.min(SHOWN_LENGTH, tailAt(token)));
}

/** Whose it is, for people; `undefined` where it does not say, or says it in what would do harm on a terminal. */
export function labelOf(token: string): string | undefined {
  const label = /^:\d+:(.*)$/su.exec(token.slice(tailAt(token)))?.[1];
  return label === undefined || label === "" || UNPRINTABLE.test(label) ? undefined : label;
}

/** The T that it was made with; 0 where it has none: another library's, for one. */
export function fenceOf(token: string): number {
  return Number(/^:(\d+):/.exec(token.slice(tailAt(token)))?.[1] ?? 0);
}

/** What no option `label` may have: see options/check.ts. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u2028\u2029\u202A-\u202E\u2066-\u2069]/u;

function tailAt(token: string): number {
  const at = token.search(/:\d+:/);
  return at < 0 ? token.length : at;
}
