/** Why a lock is not held any more, and the signal that tells its holder. */
import { setMaxListeners } from "node:events";
import type { LockHandedOverError, LockLostError } from "../errors/errors.ts";
import { handedOverError, lostError, releasedError } from "../errors/explain-held.ts";
import { nodeVotes, type RoundReport } from "../errors/node-votes.ts";

/** The lock whose end is told. */
export interface Ended {
  readonly state: string;
  readonly request: { readonly resources: readonly string[] };
  readonly fencingToken: number | undefined;
  readonly failedRound: RoundReport | undefined;
}

export class LockEnd {
  readonly #lock: Ended;
  #controller: AbortController | undefined;
  #error: LockLostError | LockHandedOverError | undefined;
  #lossDetail: string | undefined;

  constructor(lock: Ended) {
    this.#lock = lock;
  }

  get signal(): AbortSignal {
    this.#controller ??= newController();
    if (this.#lossDetail !== undefined || this.#lock.state === "handed-over") this.tell();
    return this.#controller.signal;
  }

  /** The lock is lost, or is about to be ended by others than its holder. */
  note(lossDetail: string): void {
    this.#lossDetail = lossDetail;
  }

  tell(): void {
    this.#controller?.abort(this.error());
  }

  /** The error is made only when somebody asks for it: thousands of locks may be lost at once. */
  error(): LockLostError | LockHandedOverError {
    const { request, fencingToken, failedRound, state } = this.#lock;
    if (state === "handed-over") return (this.#error ??= handedOverError(request.resources));
    // Also while the lock is held: one handle of several was released, and the loss is yet to come.
    if (this.#lossDetail === undefined) return releasedError(request.resources);
    const votes = failedRound === undefined ? [] : nodeVotes(failedRound);
    return (this.#error ??= lostError(request.resources, fencingToken, this.#lossDetail, votes));
  }
}

/** Of a signal that any number of a routine's steps may listen to: from the eleventh on Node would warn of a leak. */
function newController(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}
