/** What `elect` and `runOnce` take beside the options of an acquire, and what they do not take. */
import type { AcquireOptions } from "./options.ts";

/** Why a method has none of these. */
const ALONE = Object.fromEntries(
  ["shared", "permits", "weight"].map((name) => [name, "one at a time runs its routine"]),
);

const REFUSED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  elect: {
    ...ALONE,
    waitMs: "it campaigns until its signal aborts",
    reentrant: "a leader does not lead twice",
    fencing: "the term is the fencing token, so it is always on",
  },
  runOnce: {
    ...ALONE,
    fair: "who waits has no place in line, so that a release calls everybody to look for the result",
    reentrant: "the callers of one process share one flight",
  },
};

/** Takes the method's own options off. Throws `TypeError` for what is none, or not one of this method's. */
export function splitOptions<Own extends Record<string, unknown>>(
  method: "elect" | "runOnce",
  options: (AcquireOptions & { readonly [Name in keyof Own]?: Own[Name] | undefined }) | undefined,
  own: Own,
): Own & { readonly rest: AcquireOptions } {
  const given: object = options ?? {};
  if (typeof given !== "object" || Array.isArray(given)) throw new TypeError(`${method}: options must be an object.`);
  const rest: Record<string, unknown> = { ...given };
  const taken: Record<string, unknown> = { ...own };
  for (const name of Object.keys(own)) {
    if (rest[name] !== undefined) taken[name] = rest[name];
    delete rest[name];
  }
  if ("rejoin" in taken && typeof taken["rejoin"] !== "boolean") {
    throw new TypeError(`Option rejoin must be a boolean, got ${String(taken["rejoin"])}.`);
  }
  for (const [name, reason] of Object.entries(REFUSED[method]!)) {
    if (rest[name] !== undefined) throw new TypeError(`${method}: there is no option ${name}: ${reason}.`);
  }
  return { ...(taken as Own), rest };
}
