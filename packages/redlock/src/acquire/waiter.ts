/**
 * One acquire's waiting: where it stands in the nodes' lines, what it listens to, and when it asks again. It knows five
 * things that say when, best first: a quorum of nodes has given it the lock, and it need not ask; a quorum called it; some
 * node called it or gave it the key, and no quorum follows; the holder's time to live is over; its place, or the back-off,
 * is due. What it was not told costs no more than until then.
 */
import { backOffMs } from "../core/back-off.ts";
import { freeNodes, isSplitUp, type Votes } from "../core/refusal.ts";
import { isHeld } from "../core/vote.ts";
import type { AcquireRequest } from "../options/resolve.ts";
import type { NodeSet } from "../round/nodes.ts";
import type { Rank } from "./attempt.ts";
import type { ClockReading, Timer } from "../runtime/runtime.ts";
import type { AcquireContext } from "./context.ts";
import { LinePosition } from "./line-position.ts";
import type { PermitStart } from "./permit-start.ts";
import type { Announcements } from "./announcements.ts";
import type { ReleaseWatch } from "./release-watch.ts";
import { Spread } from "./spread.ts";
import { sleep, type Sleep } from "../runtime/sleep.ts";

/** After a holder's TTL a node needs a moment to see it: Redis expires by whole milliseconds. */
const EXPIRY_SLACK_MS = 2;

/** How long one node's call is waited on for a quorum's, at least; at most twice as long. */
const PATIENCE_MS = 20;
const MOST_DOUBLINGS = 4;

export class Waiter {
  readonly position: LinePosition;
  /** Whether the last try only renewed its place: no node had called. */
  hasRenewed = false;
  readonly #set: NodeSet;
  readonly #request: AcquireRequest;
  readonly #announcements: Announcements;
  readonly #start: PermitStart | undefined;
  #watch: ReleaseWatch | undefined;
  #sleep: Sleep | undefined;
  #refusedCount = 0;
  readonly #spread: Spread;
  #patience: Timer | undefined;
  /** Whether it came before others on the nodes may have. */
  #hasRank = false;
  /** Whether it listens, and has not asked since the nodes hear it. */
  #isUnheard = false;
  #wasWoken = false;
  #gaveUp = false;

  /** `start`: of permits, to be told which was freed. */
  constructor(
    context: AcquireContext,
    request: AcquireRequest,
    startedAt: ClockReading,
    start: PermitStart | undefined,
  ) {
    this.#set = context.set;
    this.#spread = new Spread(context.set.runtime);
    this.#announcements = context.announcements;
    this.#start = start;
    this.#request = request;
    this.position = new LinePosition(context, request, startedAt, () => this.#onGiven());
  }

  /** Where this process hears of releases already, it listens before it asks, and stands in line with its first try. */
  listenAlong(): void {
    const { keys, call } = this.#request;
    if (this.#watch === undefined && call.waitMs > 0 && this.#announcements.isListening(keys)) this.#listen();
  }

  /**
   * What the next acquire carries. From here on a call may be news to its answer. `hasWaited`: in this process's line, and
   * then it comes before those on the nodes who came later.
   */
  beforeTry(hasWaited: boolean): Rank | undefined {
    this.listenAlong();
    this.#watch?.reset();
    this.hasRenewed = this.position.standing !== undefined && !this.#wasWoken;
    this.#wasWoken = false;
    this.#hasRank = hasWaited;
    return this.#hasLine ? this.position.rank(hasWaited) : undefined;
  }

  /**
   * After a round that was not won, with these votes. `heldMs`: in how long enough nodes are free if nobody extends;
   * `undefined` when the reason is not that the resource is held.
   */
  async sleepAfterRefusal(votes: Votes, heldMs: number | undefined, leftMs: number): Promise<void> {
    if (this.position.standing?.hasPart === false) this.position.partCount = 0;
    if (heldMs !== undefined && this.#watch === undefined) {
      this.#listen();
      this.#isUnheard = true;
      // A waiter that has a rank asks again at once: it takes its place before anybody who came later can.
      if (this.#hasRank) return;
    }
    if (this.#isUnheard) {
      this.#isUnheard = false;
      if (!this.#watch!.isReady) {
        this.#watch!.whenReady(() => this.wake());
        await this.sleepFor(Math.min(leftMs, this.#request.call.nodeTimeoutMs));
      }
      if (this.#watch!.isReady) return;
    }
    const isSplit = !this.#hasLine && isSplitUp(votes, this.#set.quorum);
    if (isSplit) return this.sleepFor(Math.min(leftMs, this.#spread.widen().nextMs()));
    // A quorum that granted too late, or is kept out, would do so again: that is no call.
    const free = freeNodes(votes);
    if (free.length < this.#set.quorum) for (const node of free) this.#watch?.noteFree(node);
    const isPlaced =
      this.position.standing !== undefined && votes.every((vote) => !isHeld(vote) || vote.waitersAhead !== undefined);
    const isCallable = heldMs !== undefined && isPlaced && this.#watch?.isReady === true;
    await this.#sleepUntilCalled(Math.min(leftMs, this.#delayMs(heldMs, isCallable)));
  }

  get #hasLine(): boolean {
    return this.#request.call.fair && this.#request.call.fencing;
  }

  get isListening(): boolean {
    return this.#watch !== undefined;
  }

  /** Ends a sleep now. */
  wake(): void {
    this.#wasWoken = true;
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
    const { keys } = this.#request;
    const waiter = this.#announcements.newWaiter();
    this.#watch = this.#announcements.watch(keys, waiter);
    if (!this.#hasLine) return;
    this.#watch.whenGiven((node, told) => this.position.standing?.noteTold(node, told));
    const start = this.#start;
    if (start !== undefined) this.#watch.whenFreed((slot) => start.noteFreed(slot));
    this.position.enter(waiter);
  }

  /** A quorum need not be asked; a part of one is waited on, and then it asks whether there is more. */
  #onGiven(): void {
    if (this.position.isGiven()) this.wake();
    else this.#wakeSoon();
  }

  #wakeSoon(): void {
    if (this.#sleep === undefined || this.#patience !== undefined) return;
    const patienceMs =
      PATIENCE_MS * (1 + this.#set.runtime.random()) * 2 ** Math.min(this.position.partCount, MOST_DOUBLINGS);
    this.#patience = this.#set.runtime.startTimer(patienceMs, () => this.wake());
  }

  /**
   * Who stands in the lines is given the lock, or called by name, and asks by itself only to renew its place, and for the
   * case that what it was told is lost.
   */
  #delayMs(heldMs: number | undefined, isCallable: boolean): number {
    const { retryDelayMs, retryMaxDelayMs } = this.#request.call;
    const roll = this.#set.runtime.random();
    const delayMs = isCallable
      ? this.position.renewalMs * (0.75 + roll / 4)
      : backOffMs(this.#refusedCount++, retryDelayMs, retryMaxDelayMs, roll);
    return heldMs === undefined || heldMs === 0 ? delayMs : Math.min(delayMs, heldMs + EXPIRY_SLACK_MS);
  }

  async #sleepUntilCalled(delayMs: number): Promise<void> {
    const watch = this.#watch;
    if (watch?.isCalled !== true) {
      watch?.whenCalled(() => this.wake());
      const over = this.sleepFor(delayMs);
      // Nodes whose lines differ call different waiters: asking takes a place wherever it is missing.
      watch?.whenNoticed(() => this.#wakeSoon());
      if (this.position.standing?.hasPart === true) this.#onGiven();
      await over;
      this.#patience?.cancel();
      this.#patience = undefined;
      watch?.ignore();
    }
    if (watch?.isCalled === true && !this.position.isInLine) {
      await this.sleepFor(this.#spread.nextMs());
    }
  }

  /** Ends with `wake`, or after `delayMs`. */
  async sleepFor(delayMs: number): Promise<void> {
    if (this.#gaveUp) return;
    this.#sleep = sleep(this.#set.runtime, delayMs);
    await this.#sleep.over;
    this.#sleep = undefined;
  }
}
