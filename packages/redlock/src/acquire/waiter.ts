/**
 * One acquire's waiting: where it stands in the nodes' lines, what it listens to, and when it asks again. It knows four
 * things that say when, best first: a quorum of nodes called it; some node called it, and no quorum follows; the holder's
 * time to live is over; the back-off ends.
 * A call that is lost costs no more than the back-off.
 */
import { backOffMs } from "../core/back-off.ts";
import { isHeld, type Vote } from "../core/vote.ts";
import type { AcquireRequest } from "../options/resolve.ts";
import type { NodeSet } from "../round/nodes.ts";
import type { LinePlace } from "../node/operation.ts";
import type { ClockReading, Timer } from "../runtime/runtime.ts";
import type { AcquireContext } from "./context.ts";
import type { Announcements, ReleaseWatch } from "./announcements.ts";
import { sleep, type Sleep } from "../runtime/sleep.ts";

/** After the TTL of a holder a node still needs a moment to see it: Redis expires by whole milliseconds. */
const EXPIRY_SLACK_MS = 2;

/** A place is renewed at least so often, whatever the back-off: who died in line blocks nobody for much longer. */
const LONGEST_STAND_MS = 10_000;

/** How long one node's call is waited on for a quorum's, at least; at most twice as long. */
const PATIENCE_MS = 20;

/** Everybody who is called at once asks at once, and nobody gets a quorum: without a line, calls are spread over this. */
const SPREAD_MS = 3;

export class Waiter {
  readonly #set: NodeSet;
  readonly #announcements: Announcements;
  readonly #request: AcquireRequest;
  readonly #startedAt: ClockReading;
  #linePlace: LinePlace | undefined;
  #watch: ReleaseWatch | undefined;
  #sleep: Sleep | undefined;
  #refusedCount = 0;
  #gaveUp = false;

  constructor({ set, announcements }: AcquireContext, request: AcquireRequest, startedAt: ClockReading) {
    this.#set = set;
    this.#announcements = announcements;
    this.#request = request;
    this.#startedAt = startedAt;
    if (request.call.waitMs > 0 && announcements.isListening(request.keys)) this.#listen();
  }

  /** What the next acquire carries. From here on a call may be news to its answer. */
  beforeTry(): LinePlace | undefined {
    this.#watch?.reset();
    return this.#watch === undefined ? undefined : this.#linePlace;
  }

  /** Ends with `wake`, or after `delayMs`. */
  sleepInLine(delayMs: number): Promise<void> {
    return this.#sleepFor(delayMs);
  }

  /**
   * After a round that was not won, with these votes. `heldMs`: in how long enough nodes are free if nobody extends;
   * `undefined` when the reason is not that the resource is held.
   */
  async sleepAfterRefusal(
    votes: readonly (Vote | undefined)[],
    heldMs: number | undefined,
    leftMs: number,
  ): Promise<void> {
    if (heldMs !== undefined && this.#watch === undefined) {
      this.#listen();
      await this.#sleepUntilReady(Math.min(leftMs, this.#request.call.nodeTimeoutMs));
      if (this.#watch!.isReady) return;
    }
    // A quorum that granted too late, or is kept out, would do so again: that is no call.
    const freeNodes = [...votes.keys()].filter((node) => isFree(votes[node]));
    if (freeNodes.length < this.#set.quorum) for (const node of freeNodes) this.#watch?.noteFree(node);
    const isPlaced =
      this.#linePlace !== undefined && votes.every((vote) => !isHeld(vote) || vote.waitersAhead !== undefined);
    const isCallable = heldMs !== undefined && isPlaced && this.#watch?.isReady === true;
    await this.#sleepUntilCalled(Math.min(leftMs, this.#delayMs(heldMs, isCallable)));
  }

  get isListening(): boolean {
    return this.#watch !== undefined;
  }

  /**
   * Before a higher fencing token is proposed, for the `bidCount`th time: two whose clocks are behind outbid each other
   * for as long as they ask in step.
   */
  async sleepAside(bidCount: number, leftMs: number): Promise<void> {
    if (bidCount > 1) await this.#sleepFor(Math.min(leftMs, backOffMs(bidCount, 1, 1000, this.#set.runtime.random())));
  }

  /** Ends a sleep now. */
  wake(): void {
    this.#sleep?.wake();
  }

  /** Ends a sleep now, and all that would follow. */
  giveUp(): void {
    this.#gaveUp = true;
    this.wake();
  }

  end(): void {
    this.#watch?.end();
  }

  #listen(): void {
    const announcements = this.#announcements;
    const { fences } = this.#set;
    const { keys, call } = this.#request;
    const waiter = announcements.newWaiter();
    this.#watch = announcements.watch(keys, waiter);
    if (!call.fair || !call.fencing) return;
    // Kept until the next try has come; one that comes later takes the same place again.
    const keepMs = Math.ceil(Math.min(call.retryMaxDelayMs, LONGEST_STAND_MS) + call.nodeTimeoutMs + 250);
    this.#linePlace = { ticket: fences.next(this.#startedAt.wallMs), waiter, keepMs, number: 1, claimMs: 0 };
  }

  /** Who stands in the lines is called by name, and asks by itself only for the case that the call is lost. */
  #delayMs(heldMs: number | undefined, isCallable: boolean): number {
    const { retryDelayMs, retryMaxDelayMs } = this.#request.call;
    const roll = this.#set.runtime.random();
    const delayMs = isCallable
      ? Math.min(retryMaxDelayMs, LONGEST_STAND_MS) * (0.5 + roll / 2)
      : backOffMs(this.#refusedCount++, retryDelayMs, retryMaxDelayMs, roll);
    return heldMs === undefined || heldMs === 0 ? delayMs : Math.min(delayMs, heldMs + EXPIRY_SLACK_MS);
  }

  #sleepUntilReady(delayMs: number): Promise<void> {
    if (this.#watch!.isReady) return Promise.resolve();
    this.#watch!.whenReady(() => this.wake());
    return this.#sleepFor(delayMs);
  }

  async #sleepUntilCalled(delayMs: number): Promise<void> {
    const watch = this.#watch;
    if (watch?.isCalled !== true) {
      watch?.whenCalled(() => this.wake());
      // Nodes whose lines differ call different waiters: asking takes a place wherever it is missing.
      let patience: Timer | undefined;
      watch?.whenNoticed(() => {
        patience = this.#set.runtime.startTimer(PATIENCE_MS * (1 + this.#set.runtime.random()), () => this.wake());
      });
      await this.#sleepFor(delayMs);
      patience?.cancel();
      watch?.ignore();
    }
    if (watch?.isCalled === true && this.#linePlace === undefined) {
      await this.#sleepFor(this.#set.runtime.random() * SPREAD_MS);
    }
  }

  async #sleepFor(delayMs: number): Promise<void> {
    if (this.#gaveUp) return;
    this.#sleep = sleep(this.#set.runtime, delayMs);
    await this.#sleep.over;
    this.#sleep = undefined;
  }
}

/** It granted, and was rolled back; or would have granted a higher fencing token. */
function isFree(vote: Vote | undefined): boolean {
  return vote?.outcome === "granted" || (vote?.outcome === "refused" && !isHeld(vote));
}
