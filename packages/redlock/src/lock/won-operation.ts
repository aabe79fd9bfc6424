import type { Standing } from "../core/standing.ts";
import type { BesideOthers } from "./beside.ts";
import type { AcquireOperation, LineRank } from "../node/operation.ts";

/** What a lock was won by. */
export interface WonOperation extends Pick<AcquireOperation, "token" | "fence"> {
  readonly place?: (LineRank & { readonly keepMs?: number }) | undefined;
  /** What its waiter knows of its places. */
  readonly standing?: Standing | undefined;
  /** How it is held, where it is not exclusive. */
  readonly beside?: BesideOthers | undefined;
}

/** How a lock stands: once it has ended, in whichever way, it never comes back. */
export type LockState = "held" | "lost" | "released" | "handed-over";
