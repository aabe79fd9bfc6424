/** What every peer does in the same way, so that only the peers differ. */

/** A lock library, or a stand-in for one, over connected nodes. `Held` is whatever its release needs. */
export interface Peer<Held = unknown> {
  /** All of the resources or none; waits while they are held. */
  acquire(resources: readonly string[]): Promise<Held>;
  release(held: Held): Promise<unknown>;
  close(): Promise<unknown>;
}

export interface PeerSetup {
  /** One per node. */
  readonly urls: readonly string[];
  readonly ttlMs: number;
  /** How long a refused peer waits before it asks again, where it polls. */
  readonly retryDelayMs: number;
  /** Whether the peer's own auto-extension keeps what is held. */
  readonly autoExtend: boolean;
  /** How many may have a resource at one time, where the peer has permits; left out, it is a lock. */
  readonly permits?: number;
}

export interface PeerKind {
  /** What it is, for tables. */
  readonly label: string;
  /** Whether it takes several resources in one lock. */
  readonly takesSeveral: boolean;
  /** Whether it waits for a resource that is held; a floor does not. */
  readonly waits: boolean;
  open(setup: PeerSetup): Promise<Peer>;
}
