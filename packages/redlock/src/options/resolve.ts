/** What a caller's options come to, with the defaults: decided once and frozen, so that the inside never asks again. */
import { checkOptions, checkRelations, checkTtl } from "./check.ts";
import type { Hold } from "./hold.ts";
import type { AcquireOptions, RedlockOptions } from "./options.ts";
import type { ResolvedCall, ResolvedOptions, Row } from "./row.ts";
import { ALL_NAMES, CALL_NAMES, CONSTRUCTOR_NAMES, ROWS } from "./rows.ts";

export type { ResolvedCall, ResolvedOptions };

type Mutable<Type> = { -readonly [Name in keyof Type]: Type[Name] };

/**
 * To be copied, and filled in by name. Added one by one by a computed name, so many properties would be kept in a hash table, which
 * takes 800 bytes more of each held lock and is slower to read.
 */
function emptyObject(names: readonly string[]): Record<string, unknown> {
  return JSON.parse(`{${names.map((name) => `${JSON.stringify(name)}:null`).join()}}`) as Record<string, unknown>;
}

const EMPTY_OPTIONS = emptyObject(ALL_NAMES);
const EMPTY_CALL = emptyObject(["ttlMs", ...CALL_NAMES, "mostTtlMs"]);

/** Checks the constructor's options. */
export function resolveOptions(options: RedlockOptions = {}): ResolvedOptions {
  checkOptions(options, "new Redlock", CONSTRUCTOR_NAMES);
  const all: Record<string, unknown> = { ...EMPTY_OPTIONS };
  for (const name of ALL_NAMES) all[name] = (options as AcquireOptions & RedlockOptions)[name] ?? ROWS[name].byDefault;
  const resolved = Object.freeze(all) as unknown as ResolvedOptions;
  checkRelations(options, resolved, resolved);
  return resolved;
}

/** Checks one call's options against its TTL and the constructor's options. `method` is for messages. */
export function resolveCall(
  method: string,
  ttlMs: number,
  options: AcquireOptions | undefined,
  shared: ResolvedOptions,
  autoExtend: boolean,
): ResolvedCall {
  checkTtl(ttlMs);
  if (options !== undefined) checkOptions(options, method, CALL_NAMES);
  const own = options ?? {};
  const values: Record<string, unknown> = { ...EMPTY_CALL, ttlMs };
  for (const name of CALL_NAMES) values[name] = own[name] ?? shared[name] ?? ROWS[name].byTtl?.(ttlMs);
  const call = values as Mutable<ResolvedCall>;
  call.autoExtend ??= autoExtend;
  checkRelations(own, call, shared);
  for (const { name, settle } of SETTLED) values[name] = settle(values[name], call, own, shared);
  const isGuardGiven = (own.restartGuardMs ?? shared.restartGuardMs) !== undefined && call.restartGuardMs > 0;
  call.mostTtlMs = isGuardGiven ? call.restartGuardMs : Infinity;
  return call;
}

const SETTLED = Object.entries(ROWS as Readonly<Record<string, Row<unknown>>>).flatMap(([name, { settle }]) =>
  settle === undefined ? [] : { name, settle },
);

/** One acquire call, checked: what every try of it has in common. */
export interface AcquireRequest {
  /** As the user named them. */
  readonly resources: readonly string[];
  /** The same with the key prefix, in the same order. */
  readonly keys: readonly string[];
  readonly call: ResolvedCall;
  /** `undefined`: exclusively. */
  readonly hold: Hold | undefined;
  /** Awaited before each try but the first; what it throws ends the acquire. */
  readonly beforeRetry?: () => Promise<void>;
}
