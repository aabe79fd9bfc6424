/** node-redlock's settings with its defaults, and some that it does not have, each of which is off until it is set. */
import { checkGuarded } from "../options/check.ts";
import { defaultNodeTimeoutMs } from "../options/rows.ts";

/** node-redlock's settings, given to the constructor; a call may override each. */
export interface Settings {
  /** What a clock may run faster than another, as a part of the duration. Default 0.01. */
  readonly driftFactor: number;
  /** How often an operation is tried again. -1: for ever. Default 10. */
  readonly retryCount: number;
  /** Between two tries, in milliseconds. Default 200. */
  readonly retryDelay: number;
  /** Added to or taken off `retryDelay` at random, at most this many milliseconds. Default 100. */
  readonly retryJitter: number;
  /** `using` extends when less than this is left, in milliseconds. Default 500. */
  readonly automaticExtensionThreshold: number;
}

/** What node-redlock has no settings for. */
export interface ExtraSettings {
  /** Whether locks get a `fencingToken`, and rollbacks a tombstone. Off unless set. */
  readonly fencing?: boolean | undefined;
  /**
   * How long after its restart a node's vote does not count, in milliseconds: at least the longest duration in use. Off
   * unless set.
   */
  readonly restartGuardMs?: number | undefined;
  /** How long a try waits for a node, in milliseconds. Default 5 % of the duration, within 50..1000. */
  readonly nodeTimeoutMs?: number | undefined;
  /**
   * For programs of `@sesamecare-oss/redlock`. Locks are kept in the database that each client has selected; when this
   * is another one, a `RangeError` says so before any I/O. A Redis Cluster has one database, and takes any number.
   */
  readonly db?: number | undefined;
}

/** Settings of the constructor or of a call. */
export type SomeSettings = Partial<Settings> & ExtraSettings;

export type MergedSettings = Settings & ExtraSettings;

const defaults: Settings = Object.freeze({
  driftFactor: 0.01,
  retryCount: 10,
  retryDelay: 200,
  retryJitter: 100,
  automaticExtensionThreshold: 500,
});

const extraNumbers = ["restartGuardMs", "nodeTimeoutMs", "db"] as const;

/** What is no number falls back to `base`, as in node-redlock; there, `null` for settings of a call is as none. */
export function mergeSettings(
  settings: SomeSettings | null | undefined,
  base: MergedSettings = defaults,
): MergedSettings {
  const given: SomeSettings = settings ?? {};
  const merged: Record<string, unknown> = { ...base };
  for (const name of [...Object.keys(defaults), ...extraNumbers]) {
    const setting: unknown = given[name as keyof SomeSettings];
    if (typeof setting === "number") merged[name] = setting;
  }
  if (typeof given.fencing === "boolean") merged["fencing"] = given.fencing;
  return merged as unknown as MergedSettings;
}

export function isGuarded({ restartGuardMs = 0 }: MergedSettings): boolean {
  return restartGuardMs > 0;
}

/** Throws `RangeError` where a node that forgot a lock of this duration would count again too soon. */
export function checkGuard({ restartGuardMs = 0 }: MergedSettings, duration: number): void {
  checkGuarded(duration, restartGuardMs > 0 ? restartGuardMs : Infinity);
}

export function nodeTimeoutOf(settings: MergedSettings, duration: number): number {
  // Not above what the fences are sure to outlive.
  return Math.min(60_000, Math.max(1, settings.nodeTimeoutMs ?? defaultNodeTimeoutMs(Math.max(duration, 50))));
}
