/** Every option, for people: its type, unit and default. Bounds and relations are in the row of each in rows.ts. */

/** Options of `acquire`, `tryAcquire` and `using`, and, as their defaults, of the constructor. */
export interface AcquireOptions {
  /**
   * How long `acquire` and `using` keep trying, in milliseconds; 0 is one round, `Infinity` is for ever.
   * @default 10_000; where the TTL, or the restart guard, is longer: two seconds more than that, at most 120_000
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
   * How long one round waits for a node's vote, in milliseconds; what a round takes is lost from the lock's validity.
   * Keep it far below the TTL.
   * @default 5 % of the TTL, within 50..1_000
   */
  readonly nodeTimeoutMs?: number | undefined;
  /**
   * Whether the lock is extended at a third of its TTL, again and again, until it is released or lost.
   * @default true for `using`, false for `acquire` and `tryAcquire`
   */
  readonly autoExtend?: boolean | undefined;
  /**
   * How long after the acquire auto-extension stops, in milliseconds; the lock is then lost at the end of its
   * validity: a cap for work that hangs.
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
   * How long a node must have kept its memory before its grants count, in milliseconds: the longest TTL in use
   * on these resources, extensions included; below the TTL asked for it is refused. Nodes that were never locked on, or
   * were flushed, count after that time. 0 switches the guard off, and then a node that forgets can let a second holder in.
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
   * Whether waiters of all processes are served in the order they came, by a line that the nodes keep while
   * callers wait. Otherwise the first to ask after a release wins. Needs `fencing`.
   * @default true, false where `fencing` is off
   */
  readonly fair?: boolean | undefined;
  /**
   * Who takes the lock, for people: others see it in `inspect`, in their errors and in doctor. It is stored with the lock,
   * readable by everybody who may read the nodes: no secrets. At most 200 bytes, no control characters.
   * @default `<host>:<pid>`
   */
  readonly label?: string | undefined;
  /**
   * A release sooner than this after the acquire leaves the resources locked until then, without a holder, in milliseconds: a job
   * that two machines start a moment apart runs once. A holder that dies frees them by the TTL.
   * @default 0
   */
  readonly minHoldMs?: number | undefined;
  /**
   * Whether it is held together with others who share it, and never beside one who does not: a reader among readers. `true`,
   * or which of the resources. Needs `fencing`.
   * @default false
   */
  readonly shared?: boolean | readonly string[] | undefined;
  /**
   * How many may hold it at once: each holds other ones of so many numbers, from 0. Of one resource, from 1 to 1_024. Callers
   * that give different numbers are at most as many as the highest of them. Needs `fencing`; not together with `shared`.
   * @default undefined: one
   */
  readonly permits?: number | undefined;
  /**
   * How many of the permits are taken, all or none.
   * @default 1
   */
  readonly weight?: number | undefined;
  /**
   * Stops the waiting: `acquire` rejects with `signal.reason` and leaves nothing behind. In `using` it also reaches
   * the routine, through its signal.
   */
  readonly signal?: AbortSignal | undefined;
}

/** Options of the constructor: defaults for every call, and what is the same for all of them. */
export interface RedlockOptions extends Omit<AcquireOptions, "shared" | "permits" | "weight"> {
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
