/** Every option in one place: its type, unit, default and bound. */

/** Options of `acquire`, `tryAcquire` and `using`, and, as their defaults, of the constructor. */
export interface AcquireOptions {
  /**
   * How long `acquire` and `using` keep trying, in milliseconds. 0 is one round, `Infinity` is for ever.
   * @default 10_000
   */
  readonly waitMs?: number | undefined;
  /**
   * The first back-off, in milliseconds: the next try is made after a random part of it ("full jitter"), twice as long
   * after each refusal.
   * @default 50
   */
  readonly retryDelayMs?: number | undefined;
  /**
   * What the back-off grows to, in milliseconds; at least `retryDelayMs`.
   * @default 1_000, or `retryDelayMs` where that is more
   */
  readonly retryMaxDelayMs?: number | undefined;
  /**
   * How long one round waits for a node's vote, in milliseconds. Keep it far below the TTL: what a round takes is lost
   * from the lock's validity.
   * @default 5 % of the TTL, within 50..1_000
   */
  readonly nodeTimeoutMs?: number | undefined;
  /**
   * Whether the lock is extended at a third of its TTL, again and again, until it is released or lost.
   * @default true for `using`, false for `acquire` and `tryAcquire`
   */
  readonly autoExtend?: boolean | undefined;
  /**
   * When auto-extension stops, in milliseconds since the lock was acquired; the lock is then lost at the end of its
   * validity. A cap for work that hangs.
   * @default Infinity
   */
  readonly maxHoldMs?: number | undefined;
  /**
   * How long before the end of validity the loss is told, in milliseconds, so that work can stop in time even when the
   * event loop lags. At most half of the TTL is used.
   * @default the larger of 50 and 5 % of the TTL
   */
  readonly safetyMarginMs?: number | undefined;
  /**
   * Whether the nodes check and remember a fencing token. Without it there is no `lock.fencingToken`, and no tombstone:
   * an acquire that a client library sends again after its rollback can then hold a node's key for a whole TTL.
   * @default true
   */
  readonly fencing?: boolean | undefined;
  /**
   * How long a node must have kept its memory before its grants count, in milliseconds: the longest TTL that anybody
   * uses on these resources. 0 switches the guard off, and then a node that restarts empty can let a second holder in.
   * @default the TTL asked for
   */
  readonly restartGuardMs?: number | undefined;
  /**
   * Whether an acquire inside the same async context, of resources that it holds already, returns a handle of the same
   * lock instead of waiting for itself.
   * @default false
   */
  readonly reentrant?: boolean | undefined;
  /**
   * Whether waiters of all processes are served in the order they came, by a line that the nodes keep while somebody
   * waits. Otherwise whoever asks first after a release wins. Needs `fencing`.
   * @default true, false where `fencing` is off
   */
  readonly fair?: boolean | undefined;
  /**
   * Who takes the lock, for people: others see it in `inspect`, in their errors and in doctor. It is stored with the lock,
   * readable by everybody who may read the nodes: no secrets. At most 200 bytes, no control characters.
   * @default "<host>:<pid>"
   */
  readonly label?: string | undefined;
  /**
   * Stops the waiting: `acquire` rejects with `signal.reason` and leaves nothing behind. In `using` it also reaches
   * the routine, through its signal.
   */
  readonly signal?: AbortSignal | undefined;
}

/** Options of the constructor: defaults for every call, and what is the same for all of them. */
export interface RedlockOptions extends AcquireOptions {
  /**
   * What a clock may run faster than another, as a part of the TTL; taken off every validity.
   * @default 0.01
   */
  readonly driftFactor?: number | undefined;
  /**
   * Put before every resource to make its lock key.
   * @default ""
   */
  readonly keyPrefix?: string | undefined;
  /**
   * How long a fence outlives its lock on a node, in milliseconds: the same for everybody, and at least the longest
   * `nodeTimeoutMs` in use, since a round that takes longer can meet nodes that have forgotten a higher fencing token.
   * @default 300_000
   */
  readonly fenceRetentionMs?: number | undefined;
  /**
   * You assert that every node syncs every write to disk before it answers (`appendonly yes`, `appendfsync always`,
   * `no-appendfsync-on-rewrite no`), so that a restart forgets nothing; the restart guard is then off.
   * @default false
   */
  readonly durableNodes?: boolean | undefined;
  /**
   * Whether the diagnostics channels carry the names of resources, and errors that name them; else a hash of each.
   * @default false
   */
  readonly publishNames?: boolean | undefined;
  /**
   * For events and metrics, when a process has several.
   * @default "redlock"
   */
  readonly name?: string | undefined;
}

/** Options of `Redlock.connect`. */
export interface ConnectOptions extends RedlockOptions {
  /**
   * The class `Redis` of ioredis 5 or 6, to make the clients with. For bundles that leave out what is not imported, and
   * for a class of your own that extends it.
   * @default that of the package ioredis beside this one
   */
  readonly Redis?: (new (...parameters: never[]) => object) | undefined;
}

/** An option's value must lie within these; `whole`: and be an integer. */
interface Bound {
  readonly min: number;
  readonly max: number;
  readonly whole?: boolean;
}

const LONGEST_MS = 100 * 365.25 * 24 * 3600 * 1000;

/** Below this nothing would be left of the validity. */
const SHORTEST_TTL_MS = 10;

export const TTL: Bound = { min: SHORTEST_TTL_MS, max: LONGEST_MS, whole: true };

export const NUMBERS: Readonly<Record<string, Bound>> = {
  waitMs: { min: 0, max: Infinity },
  retryDelayMs: { min: 0, max: LONGEST_MS },
  retryMaxDelayMs: { min: 0, max: LONGEST_MS },
  nodeTimeoutMs: { min: 1, max: 60_000 },
  maxHoldMs: { min: 1, max: Infinity },
  safetyMarginMs: { min: 0, max: LONGEST_MS },
  restartGuardMs: { min: 0, max: LONGEST_MS },
  driftFactor: { min: 0, max: 0.5 },
  fenceRetentionMs: { min: 0, max: LONGEST_MS, whole: true },
};
export const BOOLEANS: readonly string[] = [
  "autoExtend",
  "fencing",
  "fair",
  "reentrant",
  "durableNodes",
  "publishNames",
];
export const STRINGS: readonly string[] = ["keyPrefix", "name", "label"];
/** In bytes of UTF-8. */
export const LONGEST_LABEL = 200;
export const CONSTRUCTOR_ONLY: readonly string[] = [
  "driftFactor",
  "keyPrefix",
  "fenceRetentionMs",
  "durableNodes",
  "publishNames",
  "name",
];

/** What has no fixed default: it depends on the TTL or the method, or there is none. */
type Unfixed = "nodeTimeoutMs" | "autoExtend" | "safetyMarginMs" | "restartGuardMs" | "label" | "signal";

export const DEFAULTS: {
  readonly [Name in Exclude<keyof RedlockOptions, Unfixed>]: NonNullable<RedlockOptions[Name]>;
} = {
  waitMs: 10_000,
  retryDelayMs: 50,
  retryMaxDelayMs: 1_000,
  maxHoldMs: Infinity,
  fencing: true,
  fair: true,
  reentrant: false,
  driftFactor: 0.01,
  keyPrefix: "",
  fenceRetentionMs: 300_000,
  durableNodes: false,
  publishNames: false,
  name: "redlock",
};

/** 5 % of the TTL, within 50..1000 ms, and never more than the TTL itself. */
export function defaultNodeTimeoutMs(ttlMs: number): number {
  return Math.min(ttlMs, 1_000, Math.max(50, Math.round(ttlMs * 0.05)));
}

/** The larger of 50 ms and 5 % of the TTL. */
export function defaultSafetyMarginMs(ttlMs: number): number {
  return Math.max(50, ttlMs * 0.05);
}
