/** What is said of one option, and what options come to. */
import type { AcquireOptions, RedlockOptions } from "./options.ts";

/** `whole`: and be an integer. */
export interface Bound {
  readonly min: number;
  readonly max: number;
  readonly whole?: boolean;
}

export interface Row<Value> {
  readonly is: Bound | "boolean" | "string" | "AbortSignal" | "boolean or names";
  /** What else a value must be, as in "Option label must ...". */
  readonly must?: (value: Value) => string | undefined;
  /** What it is where it was left out. */
  readonly byDefault?: Value;
  /** The same where it depends on the TTL of the call. */
  readonly byTtl?: (ttlMs: number) => Value;
  /** Given to the constructor, and the same for all calls. */
  readonly isShared?: true;
  /** A matter of each call, and never of the constructor. */
  readonly isOfCall?: true;
  /** What it comes to beside the others of one call. `own`: what the caller gave. */
  readonly settle?: (value: Value, call: ResolvedCall, own: AcquireOptions, shared: ResolvedOptions) => Value;
  /** What it must be beside the others, as in "Option fair must ...". */
  readonly beside?: (own: AllOptions, all: Beside, shared: ResolvedOptions) => string | undefined;
}

/** Of the constructor, and of its calls. */
export type AllOptions = RedlockOptions & AcquireOptions;

export type OptionName = keyof AllOptions;

/** What is decided per call, by the TTL or the method, or has no default. */
type Open =
  | "waitMs"
  | "nodeTimeoutMs"
  | "autoExtend"
  | "safetyMarginMs"
  | "restartGuardMs"
  | "label"
  | "signal"
  | "permits";

/** What the constructor's options come to. */
export type ResolvedOptions = {
  readonly [Name in OptionName]-?: NonNullable<AllOptions[Name]> | (Name extends Open ? undefined : never);
};

/** What one call's options come to, with the constructor's as defaults. */
export type ResolvedCall = {
  readonly ttlMs: number;
  /** What the lock may be extended to: `restartGuardMs`, where it was given and is not 0. */
  readonly mostTtlMs: number;
} & {
  readonly [Name in keyof AcquireOptions]-?:
    | NonNullable<AcquireOptions[Name]>
    | (Name extends "label" | "signal" | "permits" ? undefined : never);
};

/** What a relation may look at. */
export type Beside = Pick<ResolvedOptions, "fencing" | "nodeTimeoutMs" | "restartGuardMs"> & {
  /** Of one call. */
  readonly ttlMs?: number;
};
