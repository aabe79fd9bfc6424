/** How long, and for what, `ready` waits. */

/** Options of `ready`. */
export interface ReadyOptions {
  /**
   * How long to wait, in milliseconds; `Infinity` is for ever.
   * @default 60_000
   */
  readonly waitMs?: number | undefined;
  /**
   * The longest TTL that is going to be asked for, in milliseconds: by it the restart guard decides which nodes count.
   * @default restartGuardMs, or the last one that was asked for, or 10_000
   */
  readonly ttlMs?: number | undefined;
  /**
   * A resource that will be locked: where the nodes' user may touch some keys only, a name beside it is tried.
   * @default the last one that was asked for
   */
  readonly resource?: string | undefined;
  /** Stops the waiting: `ready` rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
}
