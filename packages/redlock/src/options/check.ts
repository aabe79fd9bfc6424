/** A bad option is refused before any I/O, by a message that names the option, the value and the bound. */
import { nearestOf } from "./nearest.ts";
import type { RedlockOptions } from "./options.ts";
import { besideGuard, CALL_NAMES, ROWS, TTL } from "./rows.ts";
import type { Beside, Bound, OptionName, ResolvedOptions, Row } from "./row.ts";
import { checkWellFormed, show } from "./resources.ts";

/** Throws unless it is a time to live that can be kept. */
export function checkTtl(ttlMs: number): void {
  checkNumber("ttlMs", ttlMs, TTL);
}

/** `method` is for messages. */
export function checkOptions(options: object, method: string, allowed: readonly OptionName[]): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError(`${method}: options must be an object, got ${show(options)}.`);
  }
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined && Object.hasOwn(ROWS, name)) continue;
    if (!isIn(allowed, name)) throw new TypeError(`${method}: ${explainUnknown(name, allowed)}`);
    if (value !== undefined) checkValue(name, value);
  }
}

const RELATIONS = Object.entries(ROWS).flatMap(([name, { beside }]) => (beside === undefined ? [] : { name, beside }));

/** The relations of the options to each other. `own`: what the caller gave; `all`: what it comes to with the defaults. */
export function checkRelations(own: RedlockOptions, all: Beside, shared: ResolvedOptions): void {
  for (const { name, beside } of RELATIONS) {
    const wrong = beside(own, all, shared);
    if (wrong !== undefined) throw new RangeError(`Option ${name} must ${wrong}.`);
  }
}

/** Throws `RangeError` where a node that forgot a lock of this TTL would count again for others before it has ended. */
export function checkGuarded(ttlMs: number, mostTtlMs: number): void {
  const wrong = besideGuard(ttlMs, mostTtlMs);
  if (wrong !== undefined) throw new RangeError(`Option restartGuardMs must ${wrong}.`);
}

function checkValue(name: OptionName, value: unknown): void {
  const { is, must } = ROWS[name] as Row<unknown>;
  if (typeof is === "object") checkNumber(`Option ${name}`, value, is);
  else if (is === "AbortSignal") {
    if (!isAbortSignal(value)) throw new TypeError(`Option ${name} must be an AbortSignal, got ${show(value)}.`);
  } else if (is === "boolean or names") checkNames(`Option ${name}`, value);
  else if (typeof value !== is) throw new TypeError(`Option ${name} must be a ${is}, got ${show(value)}.`);
  if (is === "string") checkWellFormed(`Option ${name}`, value as string);
  const wrong = must?.(value);
  if (wrong !== undefined) throw new RangeError(`Option ${name} must ${wrong}.`);
}

function checkNames(subject: string, value: unknown): void {
  if (typeof value === "boolean") return;
  if (Array.isArray(value) && value.every((name) => typeof name === "string")) return;
  throw new TypeError(`${subject} must be a boolean or an array of strings, got ${show(value)}.`);
}

/** By its shape: jsdom and polyfills have classes of their own. */
function isAbortSignal(value: unknown): boolean {
  const { aborted, addEventListener } = (value ?? {}) as Partial<AbortSignal>;
  return typeof aborted === "boolean" && typeof addEventListener === "function";
}

function checkNumber(subject: string, value: unknown, bound: Bound): void {
  if (typeof value !== "number") throw new TypeError(`${subject} must be a number, got ${show(value)}.`);
  const whole = bound.whole === true && !Number.isInteger(value);
  if (value >= bound.min && value <= bound.max && !whole) return;
  const kind = bound.whole === true ? "an integer" : "a number";
  throw new RangeError(`${subject} must be ${kind} from ${bound.min} to ${bound.max}, got ${value}.`);
}

function isIn(names: readonly OptionName[], name: string): name is OptionName {
  return (names as readonly string[]).includes(name);
}

function explainUnknown(name: string, allowed: readonly string[]): string {
  if (Object.hasOwn(ROWS, name) && !isIn(CALL_NAMES, name))
    return `option ${name} is the same for all calls: give it to new Redlock.`;
  if (Object.hasOwn(ROWS, name)) return `option ${name} is a matter of each call: give it to the call.`;
  const replacement = Object.hasOwn(NODE_REDLOCK, name) ? `: ${NODE_REDLOCK[name]}.` : didYouMean(name, allowed);
  return `there is no option ${name}${replacement}`;
}

function didYouMean(name: string, allowed: readonly string[]): string {
  const nearest = nearestOf(name, allowed);
  return nearest === undefined ? "." : `; did you mean ${nearest}?`;
}

/** What node-redlock's options are here. */
const NODE_REDLOCK: Readonly<Record<string, string>> = {
  retryCount: "tries are bounded by time, waitMs (0: one round, Infinity: for ever)",
  retryDelay: "it is retryDelayMs",
  retryJitter: "every back-off is jittered in full; retryDelayMs and retryMaxDelayMs are its bounds",
  automaticExtensionThreshold: "autoExtend extends at a third of the TTL, and safetyMarginMs says when a loss is told",
};

/** Of what `adopt` takes, what is not checked as a request. Answers the fence, 0 where fencing is off. */
export function checkHandedOver(handed: {
  version: unknown;
  token: unknown;
  fencingToken: unknown;
  rank?: unknown;
  shared?: unknown;
  slots?: unknown;
}): number {
  const isKnown = typeof handed === "object" && handed !== null && (handed.version === 1 || handed.version === 2);
  if (!isKnown || typeof handed.token !== "string") {
    throw new TypeError(`adopt needs what lock.handOver() gave (version 1 or 2), got ${show(handed)}.`);
  }
  for (const numbers of [handed.shared ?? [], handed.slots ?? []]) {
    if (Array.isArray(numbers) && numbers.every((number) => Number.isSafeInteger(number) && number >= 0)) continue;
    throw new TypeError(`adopt: shared and slots must be as lock.handOver() gave them, got ${show(numbers)}.`);
  }
  checkWellFormed("adopt: token", handed.token);
  const { ticket, waiter } = (handed.rank ?? { ticket: 1, waiter: "-" }) as { ticket?: unknown; waiter?: unknown };
  if (!Number.isSafeInteger(ticket) || typeof waiter !== "string" || !/^[\w.-]{1,200}$/.test(waiter)) {
    throw new TypeError(`adopt: rank must be as lock.handOver() gave it, got ${show(handed.rank)}.`);
  }
  const fence = handed.fencingToken ?? 0;
  if (typeof fence === "number" && Number.isSafeInteger(fence) && fence >= 0) return fence;
  throw new RangeError(`adopt: fencingToken must be a safe integer or null, got ${show(handed.fencingToken)}.`);
}

/** `last`: what stands behind a routine, where there should be nothing. `method` is for messages. */
export function checkRoutine(routine: unknown, last: unknown, method: string = "using"): void {
  if (last !== undefined) {
    throw new TypeError(
      `${method} takes its options before the routine: ${method}(resources, ttlMs, options, routine).`,
    );
  }
  if (typeof routine !== "function") {
    throw new TypeError(
      `${method} needs a routine: ${method}(resources, ttlMs, options, routine), got ${show(routine)}.`,
    );
  }
}

/** `runOnce` looks for its result by it. */
export function checkFind<Find>(find: Find | undefined): asserts find is Find {
  if (typeof find !== "function") throw new TypeError(`runOnce needs an option find, a function, got ${show(find)}.`);
}
