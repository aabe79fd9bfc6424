/** node-redlock's settings with its defaults, and three of our own that are off until somebody asks for them. */
import { defaultNodeTimeoutMs } from "../options/options.ts";

/** Settings of the constructor, each of which a call may override. */
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
  /** Whether locks get a `fencingToken`, and rollbacks a tombstone. Not in node-redlock; off unless set. */
  readonly fencing?: boolean;
  /**
   * How long after its restart a node's vote does not count, in milliseconds: at least the longest duration in use. Not
   * in node-redlock; off unless set.
   */
  readonly restartGuardMs?: number;
  /** How long a try waits for a node, in milliseconds. Default 5 % of the duration, within 50..1000. */
  readonly nodeTimeoutMs?: number;
}

const defaults: Settings = Object.freeze({
  driftFactor: 0.01,
  retryCount: 10,
  retryDelay: 200,
  retryJitter: 100,
  automaticExtensionThreshold: 500,
});

const ours = ["restartGuardMs", "nodeTimeoutMs"] as const;

/** What is no number falls back to `base`, as in node-redlock. */
export function mergeSettings(settings: Partial<Settings> = {}, base: Settings = defaults): Settings {
  const merged: Record<string, unknown> = { ...base };
  for (const name of [...Object.keys(defaults), ...ours]) {
    const setting: unknown = settings[name as keyof Settings];
    if (typeof setting === "number") merged[name] = setting;
  }
  if (typeof settings.fencing === "boolean") merged["fencing"] = settings.fencing;
  return merged as unknown as Settings;
}

export function nodeTimeoutOf(settings: Settings, duration: number): number {
  return Math.max(1, settings.nodeTimeoutMs ?? defaultNodeTimeoutMs(Math.max(duration, 50)));
}
