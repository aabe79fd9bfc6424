/** What a caller's options come to, with the defaults: decided once and frozen, so that the inside never asks again. */
import { ALL_NAMES, CALL_NAMES, checkFair, checkOptions, checkRetention, checkTtl } from "./check.ts";
import {
  DEFAULTS,
  defaultSafetyMarginMs,
  defaultNodeTimeoutMs,
  type AcquireOptions,
  type RedlockOptions,
} from "./options.ts";

/** What the constructor's options come to. `undefined`: decided per call, from the TTL or the method. */
export interface ResolvedOptions {
  readonly waitMs: number;
  readonly retryDelayMs: number;
  readonly retryMaxDelayMs: number;
  readonly nodeTimeoutMs: number | undefined;
  readonly autoExtend: boolean | undefined;
  readonly maxHoldMs: number;
  readonly safetyMarginMs: number | undefined;
  readonly fencing: boolean;
  readonly fair: boolean;
  readonly restartGuardMs: number | undefined;
  readonly reentrant: boolean;
  /** `undefined`: the process's own. */
  readonly label: string | undefined;
  readonly signal: AbortSignal | undefined;
  readonly driftFactor: number;
  readonly keyPrefix: string;
  readonly fenceRetentionMs: number;
  readonly durableNodes: boolean;
  readonly publishNames: boolean;
  readonly name: string;
}

/** What one call's options come to, with the constructor's as defaults. */
export interface ResolvedCall {
  readonly ttlMs: number;
  readonly waitMs: number;
  readonly retryDelayMs: number;
  readonly retryMaxDelayMs: number;
  readonly nodeTimeoutMs: number;
  readonly autoExtend: boolean;
  readonly maxHoldMs: number;
  readonly safetyMarginMs: number;
  readonly fencing: boolean;
  readonly fair: boolean;
  readonly restartGuardMs: number;
  readonly reentrant: boolean;
  /** `undefined`: the process's own. */
  readonly label: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Checks the constructor's options. */
export function resolveOptions(options: RedlockOptions = {}): ResolvedOptions {
  checkOptions(options, "new Redlock", ALL_NAMES);
  checkFair(options, options.fencing ?? DEFAULTS.fencing);
  const fenceRetentionMs = options.fenceRetentionMs ?? DEFAULTS.fenceRetentionMs;
  if (options.fencing ?? DEFAULTS.fencing) checkRetention(fenceRetentionMs, options.nodeTimeoutMs ?? 0);
  const retryDelayMs = options.retryDelayMs ?? DEFAULTS.retryDelayMs;
  return Object.freeze({
    waitMs: options.waitMs ?? DEFAULTS.waitMs,
    retryDelayMs,
    retryMaxDelayMs: options.retryMaxDelayMs ?? Math.max(DEFAULTS.retryMaxDelayMs, retryDelayMs),
    nodeTimeoutMs: options.nodeTimeoutMs,
    autoExtend: options.autoExtend,
    maxHoldMs: options.maxHoldMs ?? DEFAULTS.maxHoldMs,
    safetyMarginMs: options.safetyMarginMs,
    fencing: options.fencing ?? DEFAULTS.fencing,
    fair: options.fair ?? DEFAULTS.fair,
    restartGuardMs: options.restartGuardMs,
    reentrant: options.reentrant ?? DEFAULTS.reentrant,
    label: options.label,
    signal: options.signal,
    driftFactor: options.driftFactor ?? DEFAULTS.driftFactor,
    keyPrefix: options.keyPrefix ?? DEFAULTS.keyPrefix,
    fenceRetentionMs,
    durableNodes: options.durableNodes ?? DEFAULTS.durableNodes,
    publishNames: options.publishNames ?? DEFAULTS.publishNames,
    name: options.name ?? DEFAULTS.name,
  });
}

/** Checks one call's options against its TTL and the constructor's options. `method` is for messages. */
export function resolveCall(
  method: string,
  ttlMs: number,
  options: AcquireOptions | undefined,
  defaults: ResolvedOptions,
  autoExtend: boolean,
): ResolvedCall {
  checkTtl(ttlMs);
  if (options !== undefined) checkOptions(options, method, CALL_NAMES);
  const own = options ?? {};
  const retryDelayMs = own.retryDelayMs ?? defaults.retryDelayMs;
  const fencing = own.fencing ?? defaults.fencing;
  checkFair(own, fencing);
  const nodeTimeoutMs = own.nodeTimeoutMs ?? defaults.nodeTimeoutMs ?? defaultNodeTimeoutMs(ttlMs);
  if (fencing) checkRetention(defaults.fenceRetentionMs, nodeTimeoutMs);
  const safetyMarginMs = own.safetyMarginMs ?? defaults.safetyMarginMs ?? defaultSafetyMarginMs(ttlMs);
  return {
    ttlMs,
    waitMs: own.waitMs ?? defaults.waitMs,
    retryDelayMs,
    retryMaxDelayMs: own.retryMaxDelayMs ?? Math.max(defaults.retryMaxDelayMs, retryDelayMs),
    nodeTimeoutMs,
    autoExtend: own.autoExtend ?? defaults.autoExtend ?? autoExtend,
    maxHoldMs: own.maxHoldMs ?? defaults.maxHoldMs,
    safetyMarginMs: Math.min(safetyMarginMs, ttlMs / 2),
    fencing,
    fair: fencing && (own.fair ?? defaults.fair),
    restartGuardMs: defaults.durableNodes ? 0 : (own.restartGuardMs ?? defaults.restartGuardMs ?? ttlMs),
    reentrant: own.reentrant ?? defaults.reentrant,
    label: own.label ?? defaults.label,
    signal: own.signal ?? defaults.signal,
  };
}

/** One acquire call, checked: what every try of it has in common. */
export interface AcquireRequest {
  /** As the user named them. */
  readonly resources: readonly string[];
  /** The same with the key prefix, in the same order. */
  readonly keys: readonly string[];
  readonly call: ResolvedCall;
}
