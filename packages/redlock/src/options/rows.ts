/**
 * One row for each option: what a value must be, its default, and how it stands beside the others. Checks and defaults come
 * from here; the text for people is the doc comment in options.ts, and a row that is missing does not compile.
 */
import { UNPRINTABLE } from "../core/token.ts";
import type { AcquireOptions, RedlockOptions } from "./options.ts";
import type { AllOptions, Bound, OptionName, ResolvedCall, ResolvedOptions, Row } from "./row.ts";

/** Bounds of the default for `waitMs`. */
const LEAST_WAIT_MS = 10_000;
const MOST_WAIT_MS = 120_000;

const LONGEST_MS = 100 * 365.25 * 24 * 3600 * 1000;

/** Below 10 ms nothing would be left of the validity. */
export const TTL: Bound = { min: 10, max: LONGEST_MS, whole: true };

export const MOST_PERMITS = 1_024;

/** In bytes of UTF-8. */
const LONGEST_LABEL = 200;

export const ROWS: { readonly [Name in OptionName]-?: Row<NonNullable<AllOptions[Name]>> } = {
  waitMs: {
    is: { min: 0, max: Infinity },
    byTtl: () => LEAST_WAIT_MS,
    settle: (value, call, own, shared) =>
      (own.waitMs ?? shared.waitMs) === undefined ? usualWaitMs(call, shared) : value,
  },
  retryDelayMs: { is: { min: 0, max: LONGEST_MS }, byDefault: 50 },
  retryMaxDelayMs: {
    is: { min: 0, max: LONGEST_MS },
    byDefault: 1_000,
    settle: (value, call, own) => (own.retryMaxDelayMs === undefined ? Math.max(value, call.retryDelayMs) : value),
    beside: ({ retryMaxDelayMs = Infinity, retryDelayMs = 0 }) =>
      retryMaxDelayMs < retryDelayMs ? `be at least retryDelayMs (${retryDelayMs}), got ${retryMaxDelayMs}` : undefined,
  },
  nodeTimeoutMs: { is: { min: 1, max: 60_000 }, byTtl: defaultNodeTimeoutMs },
  // By default a matter of the method.
  autoExtend: { is: "boolean" },
  maxHoldMs: { is: { min: 1, max: Infinity }, byDefault: Infinity },
  safetyMarginMs: {
    is: { min: 0, max: LONGEST_MS },
    byTtl: defaultSafetyMarginMs,
    settle: (value, { ttlMs }) => Math.min(value, ttlMs / 2),
  },
  fencing: { is: "boolean", byDefault: true },
  restartGuardMs: {
    is: { min: 0, max: LONGEST_MS },
    byTtl: (ttlMs) => ttlMs,
    settle: (value, call, own, { durableNodes, restartGuardMs }) => {
      if (durableNodes) return 0;
      // What a release keeps must not be forgotten either.
      return (own.restartGuardMs ?? restartGuardMs) === undefined ? Math.max(value, call.minHoldMs) : value;
    },
    beside: (_own, { restartGuardMs = 0, ttlMs = 0 }, { durableNodes }) =>
      durableNodes || restartGuardMs === 0 ? undefined : besideGuard(ttlMs, restartGuardMs),
  },
  reentrant: {
    is: "boolean",
    byDefault: false,
    settle: (value, { permits }) => value && permits === undefined,
    beside: ({ reentrant, permits }) =>
      reentrant === true && permits !== undefined
        ? "be false or left out for permits: one more permit would be another lock"
        : undefined,
  },
  fair: {
    is: "boolean",
    byDefault: true,
    // As the default it gives way; a caller who asks for it by name is told.
    settle: (value, { fencing }) => fencing && value,
    beside: ({ fair }, { fencing }) =>
      fair === true && !fencing
        ? "be false or left out where fencing is off: the nodes' line of waiters is kept beside the fencing token"
        : undefined,
  },
  label: {
    is: "string",
    // It is shown on the terminals of others.
    must(label) {
      if (label === "") return "not be empty: leave it out for <host>:<pid>";
      const byteCount = new TextEncoder().encode(label).length;
      if (byteCount > LONGEST_LABEL) return `have at most ${LONGEST_LABEL} bytes, got ${byteCount}`;
      return UNPRINTABLE.test(label) ? `have no control characters, got ${JSON.stringify(label)}` : undefined;
    },
  },
  minHoldMs: { is: { min: 0, max: LONGEST_MS, whole: true }, byDefault: 0 },
  shared: {
    is: "boolean or names",
    byDefault: false,
    isOfCall: true,
    beside: ({ shared = false }, { fencing }) =>
      shared !== false && !fencing
        ? "be false or left out where fencing is off: readers are told from writers by it"
        : undefined,
  },
  permits: {
    is: { min: 1, max: MOST_PERMITS, whole: true },
    isOfCall: true,
    beside({ permits, shared = false }, { fencing }) {
      if (permits === undefined) return undefined;
      if (shared !== false) return "be left out where the lock is shared";
      return fencing ? undefined : "be left out where fencing is off: a node knows by it who had a permit last";
    },
  },
  weight: {
    is: { min: 1, max: MOST_PERMITS, whole: true },
    byDefault: 1,
    isOfCall: true,
    beside({ weight, permits }) {
      if (weight === undefined) return undefined;
      if (permits === undefined) return "be left out where there are no permits";
      return weight > permits ? `be at most permits (${permits}), got ${weight}` : undefined;
    },
  },
  signal: { is: "AbortSignal" },
  driftFactor: { is: { min: 0, max: 0.5 }, byDefault: 0.01, isShared: true },
  keyPrefix: { is: "string", byDefault: "", isShared: true },
  fenceRetentionMs: {
    is: { min: 0, max: LONGEST_MS, whole: true },
    byDefault: 300_000,
    isShared: true,
    // A round that may outlast the fences could win with a fencing token below that of an earlier holder.
    beside: (_own, { fencing, nodeTimeoutMs = 0 }, { fenceRetentionMs }) =>
      fencing && fenceRetentionMs < nodeTimeoutMs
        ? `be at least nodeTimeoutMs (${nodeTimeoutMs}) where fencing is on, got ${fenceRetentionMs}: ` +
          "nodes could forget a fencing token during a round that began before it"
        : undefined,
  },
  durableNodes: { is: "boolean", byDefault: false, isShared: true },
  publishNames: { is: "boolean", byDefault: false, isShared: true },
  name: { is: "string", byDefault: "redlock", isShared: true },
};

export const ALL_NAMES: readonly OptionName[] = Object.keys(ROWS) as OptionName[];
export const CALL_NAMES: readonly (keyof AcquireOptions)[] = ALL_NAMES.filter(
  (name): name is keyof AcquireOptions => ROWS[name].isShared === undefined,
);
export const CONSTRUCTOR_NAMES: readonly (keyof RedlockOptions)[] = ALL_NAMES.filter(
  (name): name is keyof RedlockOptions => ROWS[name].isOfCall === undefined,
);

/** A node that forgot a lock of this TTL must not count again for others before it has ended. */
export function besideGuard(ttlMs: number, guardMs: number): string | undefined {
  if (ttlMs <= guardMs) return undefined;
  return `be at least the longest TTL in use (or 0, which switches the guard off), got ${guardMs} for a TTL of ${ttlMs}`;
}

/** For nodes that have only just been started, or a holder that died: both are over after the guard's time, and a round. */
function usualWaitMs({ restartGuardMs }: ResolvedCall, { durableNodes, driftFactor }: ResolvedOptions): number {
  const guardedMs = durableNodes ? 0 : Math.ceil(restartGuardMs * (1 + 2 * driftFactor)) + 2_000;
  return Math.min(MOST_WAIT_MS, Math.max(LEAST_WAIT_MS, guardedMs));
}

/** 5 % of the TTL, within 50..1000 ms, and never more than the TTL itself. */
export function defaultNodeTimeoutMs(ttlMs: number): number {
  return Math.min(ttlMs, 1_000, Math.max(50, Math.round(ttlMs * 0.05)));
}

/** The larger of 50 ms and 5 % of the TTL. */
export function defaultSafetyMarginMs(ttlMs: number): number {
  return Math.max(50, ttlMs * 0.05);
}
