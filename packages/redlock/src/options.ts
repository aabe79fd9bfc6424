/**
 * Every option in one place: its type, unit, default and bound. Resolved once and frozen; a bad value is refused before
 * any I/O, by a message that names the option, the value and the bound.
 */

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
  readonly lossMarginMs?: number | undefined;
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
   * @default true
   */
  readonly fair?: boolean | undefined;
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
   * How long a fence outlives its lock on a node, in milliseconds.
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

/** An option's value must lie within these; `whole`: and be an integer. */
interface Bound {
  readonly min: number;
  readonly max: number;
  readonly whole?: boolean;
}

const LONGEST_MS = 100 * 365.25 * 24 * 3600 * 1000;

/** Below this nothing would be left of the validity. */
const SHORTEST_TTL_MS = 10;

const NUMBERS: Readonly<Record<string, Bound>> = {
  waitMs: { min: 0, max: Infinity },
  retryDelayMs: { min: 0, max: LONGEST_MS },
  retryMaxDelayMs: { min: 0, max: LONGEST_MS },
  nodeTimeoutMs: { min: 1, max: 60_000 },
  maxHoldMs: { min: 1, max: Infinity },
  lossMarginMs: { min: 0, max: LONGEST_MS },
  restartGuardMs: { min: 0, max: LONGEST_MS },
  driftFactor: { min: 0, max: 0.5 },
  fenceRetentionMs: { min: 0, max: LONGEST_MS, whole: true },
};
const BOOLEANS: readonly string[] = ["autoExtend", "fencing", "fair", "reentrant", "durableNodes", "publishNames"];
const STRINGS: readonly string[] = ["keyPrefix", "name"];
const CONSTRUCTOR_ONLY: readonly string[] = [
  "driftFactor",
  "keyPrefix",
  "fenceRetentionMs",
  "durableNodes",
  "publishNames",
  "name",
];
const NAMES: readonly string[] = [...Object.keys(NUMBERS), ...BOOLEANS, ...STRINGS, "signal"];

/** What the constructor's options come to. `undefined`: decided per call, from the TTL or the method. */
export interface ResolvedOptions {
  readonly waitMs: number;
  readonly retryDelayMs: number;
  readonly retryMaxDelayMs: number;
  readonly nodeTimeoutMs: number | undefined;
  readonly autoExtend: boolean | undefined;
  readonly maxHoldMs: number;
  readonly lossMarginMs: number | undefined;
  readonly fencing: boolean;
  readonly fair: boolean;
  readonly restartGuardMs: number | undefined;
  readonly reentrant: boolean;
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
  readonly lossMarginMs: number;
  readonly fencing: boolean;
  readonly fair: boolean;
  readonly restartGuardMs: number;
  readonly reentrant: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Checks the constructor's options. */
export function resolveOptions(options: RedlockOptions = {}): ResolvedOptions {
  checkOptions(options, "new Redlock", NAMES);
  const retryDelayMs = options.retryDelayMs ?? 50;
  return Object.freeze({
    waitMs: options.waitMs ?? 10_000,
    retryDelayMs,
    retryMaxDelayMs: options.retryMaxDelayMs ?? Math.max(1_000, retryDelayMs),
    nodeTimeoutMs: options.nodeTimeoutMs,
    autoExtend: options.autoExtend,
    maxHoldMs: options.maxHoldMs ?? Infinity,
    lossMarginMs: options.lossMarginMs,
    fencing: options.fencing ?? true,
    fair: options.fair ?? true,
    restartGuardMs: options.restartGuardMs,
    reentrant: options.reentrant ?? false,
    signal: options.signal,
    driftFactor: options.driftFactor ?? 0.01,
    keyPrefix: options.keyPrefix ?? "",
    fenceRetentionMs: options.fenceRetentionMs ?? 300_000,
    durableNodes: options.durableNodes ?? false,
    publishNames: options.publishNames ?? false,
    name: options.name ?? "redlock",
  });
}

const CALL_NAMES = NAMES.filter((name) => !CONSTRUCTOR_ONLY.includes(name));

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
  const lossMarginMs = own.lossMarginMs ?? defaults.lossMarginMs ?? Math.max(50, ttlMs * 0.05);
  return {
    ttlMs,
    waitMs: own.waitMs ?? defaults.waitMs,
    retryDelayMs,
    retryMaxDelayMs: own.retryMaxDelayMs ?? Math.max(defaults.retryMaxDelayMs, retryDelayMs),
    nodeTimeoutMs: own.nodeTimeoutMs ?? defaults.nodeTimeoutMs ?? defaultNodeTimeoutMs(ttlMs),
    autoExtend: own.autoExtend ?? defaults.autoExtend ?? autoExtend,
    maxHoldMs: own.maxHoldMs ?? defaults.maxHoldMs,
    lossMarginMs: Math.min(lossMarginMs, ttlMs / 2),
    fencing,
    fair: fencing && (own.fair ?? defaults.fair),
    restartGuardMs: defaults.durableNodes ? 0 : (own.restartGuardMs ?? defaults.restartGuardMs ?? ttlMs),
    reentrant: own.reentrant ?? defaults.reentrant,
    signal: own.signal ?? defaults.signal,
  };
}

/** 5 % of the TTL, within 50..1000 ms, and never more than the TTL itself. */
export function defaultNodeTimeoutMs(ttlMs: number): number {
  return Math.min(ttlMs, 1_000, Math.max(50, Math.round(ttlMs * 0.05)));
}

export function checkTtl(ttlMs: number): void {
  checkNumber("ttlMs", ttlMs, { min: SHORTEST_TTL_MS, max: LONGEST_MS, whole: true });
}

function checkOptions(options: object, method: string, allowed: readonly string[]): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError(`${method}: options must be an object, got ${show(options)}.`);
  }
  for (const [name, value] of Object.entries(options)) {
    if (!allowed.includes(name)) throw new TypeError(`${method}: ${explainUnknown(name, allowed)}`);
    if (value !== undefined) checkValue(name, value);
  }
  const { retryDelayMs, retryMaxDelayMs } = options as AcquireOptions;
  if (retryDelayMs !== undefined && retryMaxDelayMs !== undefined && retryMaxDelayMs < retryDelayMs) {
    throw new RangeError(
      `Option retryMaxDelayMs must be at least retryDelayMs (${retryDelayMs}), got ${retryMaxDelayMs}.`,
    );
  }
}

function checkValue(name: string, value: unknown): void {
  const bound = NUMBERS[name];
  if (bound !== undefined) checkNumber(`Option ${name}`, value, bound);
  else if (BOOLEANS.includes(name)) checkType(name, value, "boolean");
  else if (STRINGS.includes(name)) checkType(name, value, "string");
  else if (!(value instanceof AbortSignal)) {
    throw new TypeError(`Option signal must be an AbortSignal, got ${show(value)}.`);
  }
}

function checkNumber(subject: string, value: unknown, bound: Bound): void {
  if (typeof value !== "number") throw new TypeError(`${subject} must be a number, got ${show(value)}.`);
  const whole = bound.whole === true && !Number.isInteger(value);
  if (value >= bound.min && value <= bound.max && !whole) return;
  const kind = bound.whole === true ? "an integer" : "a number";
  throw new RangeError(`${subject} must be ${kind} from ${bound.min} to ${bound.max}, got ${value}.`);
}

function checkType(name: string, value: unknown, type: "boolean" | "string"): void {
  if (typeof value !== type) throw new TypeError(`Option ${name} must be a ${type}, got ${show(value)}.`);
}

function explainUnknown(name: string, allowed: readonly string[]): string {
  if (CONSTRUCTOR_ONLY.includes(name)) return `option ${name} is the same for all calls: give it to new Redlock.`;
  const nearest = allowed.toSorted((a, b) => editDistance(name, a) - editDistance(name, b))[0]!;
  return `there is no option ${name}; did you mean ${nearest}?`;
}

/** Levenshtein's: the least number of letters to insert, delete or replace. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replace, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}

export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return "a function";
  return typeof value === "object" && value !== null
    ? `an object (${value.constructor?.name ?? "no class"})`
    : String(value);
}
