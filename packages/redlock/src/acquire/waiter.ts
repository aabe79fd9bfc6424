/**
 * One acquire's waiting: where it stands in the nodes' lines, what it listens to, and when it asks again. It knows five
 * things that say when, best first: a quorum of nodes has given it the lock, and it need not ask; a quorum called it; some
 * node called it or gave it the key, and no quorum follows; the holder's time to live is over; its place, or the back-off,
 * is due. What it was not told costs no more than until then.
 */
import { backOffMs } from "../core/back-off.ts";
import { isHeld, type Vote } from "../core/vote.ts";
import type { AcquireRequest } from "../options/resolve.ts";
import type { NodeSet } from "../round/nodes.ts";
import { Standing } from "../core/standing.ts";
import { tokenTail } from "../core/token.ts";
import type { HeldLock } from "../lock/held-lock.ts";
import type { AcquireOperation, LinePlace } from "../node/operation.ts";
import { admit } from "../round/admit.ts";
import { leaveLines } from "../round/rollback.ts";
import type { Rank } from "./attempt.ts";
import { claimLock, claimMsOf } from "./claim.ts";
import type { ClockReading, Timer } from "../runtime/runtime.ts";
import type { AcquireContext } from "./context.ts";
import type { Announcements, ReleaseWatch } from "./announcements.ts";
import { sleep, type Sleep } from "../runtime/sleep.ts";

/** After the TTL of a holder a node still needs a moment to see it: Redis expires by whole milliseconds. */
const EXPIRY_SLACK_MS = 2;

/**
 * After which part of its claim a place is renewed, at most: a hand-over holds from when the place was sent, so a place
 * that is old is worth little, and who died in line blocks nobody for long.
 */
const RENEWAL_PART = 0.45;

/** Of who waits for several resources, and is only called. */
const CALLED_MS = 10_000;

/** How long one node's call is waited on for a quorum's, at least; at most twice as long. */
const PATIENCE_MS = 20;
const MOST_DOUBLINGS = 4;

/** Everybody who is called at once asks at once, and nobody gets a quorum: without a line, calls are spread over this. */
const SPREAD_MS = 3;

export class Waiter {
  readonly #context: AcquireContext;
  readonly #set: NodeSet;
  readonly #announcements: Announcements;
  readonly #request: AcquireRequest;
  readonly #startedAt: ClockReading;
  /** When the call came, by the nodes' clocks. */
  #ticket: number | undefined;
  #place: LinePlace | undefined;
  #standing: Standing | undefined;
  #watch: ReleaseWatch | undefined;
  #sleep: Sleep | undefined;
  #refusedCount = 0;
  #patience: Timer | undefined;
  /** How often in a row it had a part of the nodes and no quorum. */
  #partCount = 0;
  #wasWoken = false;
  #hasRenewed = false;
  #gaveUp = false;

  constructor(context: AcquireContext, request: AcquireRequest, startedAt: ClockReading) {
    const { set, announcements } = context;
    this.#context = context;
    this.#set = set;
    this.#announcements = announcements;
    this.#request = request;
    this.#startedAt = startedAt;
    if (request.call.waitMs > 0 && announcements.isListening(request.keys)) this.#listen();
  }

  /**
   * What the next acquire carries. From here on a call may be news to its answer. `hasWaited`: in this process's line, and
   * then it comes before those on the nodes who came later.
   */
  beforeTry(hasWaited: boolean): Rank | undefined {
    this.#watch?.reset();
    this.#hasRenewed = this.#standing !== undefined && !this.#wasWoken;
    this.#wasWoken = false;
    const { call } = this.#request;
    if (!call.fair || !call.fencing) return undefined;
    if (this.#watch === undefined) {
      this.#ticket ??= hasWaited ? this.#set.fleetClock.usAt(this.#startedAt) : undefined;
      if (this.#ticket === undefined) return undefined;
      const waiter = this.#announcements.newWaiter();
      return { place: { ticket: this.#ticket, waiter, keepMs: 0, number: 1, claimMs: 0 }, standing: undefined };
    }
    this.#standing ??= this.#stand();
    return { place: this.#place!, standing: this.#standing };
  }

  /** The lock, where releases have handed it over. */
  claim(): HeldLock | undefined {
    const standing = this.#standing;
    return standing && claimLock(this.#context, this.#request, standing, this.#place!);
  }

  /**
   * Its token was rolled back: it had a part of the nodes, and no quorum came. It stands again at once, under another
   * token; for whatever is released now would else go past it, and be told to nobody. But it asks less and less often.
   */
  endStanding(): void {
    this.#partCount++;
    if (this.#standing !== undefined) this.#standing.onGiven = undefined;
    this.#standing = undefined;
  }

  /** Gives up: ends its places on all nodes, and whatever it was given. */
  leave(lost: AcquireOperation): void {
    const standing = this.#standing;
    if (standing === undefined) return;
    this.endStanding();
    leaveLines(this.#set, { ...lost, fence: standing.fence, place: this.#place! });
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
    if (this.#standing?.hasPart === false) this.#partCount = 0;
    if (heldMs !== undefined && this.#watch === undefined) {
      this.#listen();
      await this.#sleepUntilReady(Math.min(leftMs, this.#request.call.nodeTimeoutMs));
      if (this.#watch!.isReady) return;
    }
    // A quorum that granted too late, or is kept out, would do so again: that is no call.
    const freeNodes = [...votes.keys()].filter((node) => isFree(votes[node]));
    if (freeNodes.length < this.#set.quorum) for (const node of freeNodes) this.#watch?.noteFree(node);
    const isPlaced =
      this.#standing !== undefined && votes.every((vote) => !isHeld(vote) || vote.waitersAhead !== undefined);
    const isCallable = heldMs !== undefined && isPlaced && this.#watch?.isReady === true;
    await this.#sleepUntilCalled(Math.min(leftMs, this.#delayMs(heldMs, isCallable)));
  }

  /** Whether it has places on the nodes, or will with its next try. */
  get isInLine(): boolean {
    return this.#place !== undefined;
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
    this.#wasWoken = true;
    this.#sleep?.wake();
  }

  /** Whether the last try only renewed its place: nobody had called. */
  get hasRenewed(): boolean {
    return this.#hasRenewed;
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
    const { keys, call } = this.#request;
    const waiter = announcements.newWaiter();
    this.#watch = announcements.watch(keys, waiter);
    if (!call.fair || !call.fencing) return;
    this.#watch.whenGiven((node, told) => this.#standing?.noteTold(node, told));
    // Kept until the next send has come, and one more: one that comes later takes the same place again.
    const keepMs = Math.ceil(2 * this.#renewalMs + call.nodeTimeoutMs + 250);
    this.#ticket ??= this.#set.fleetClock.usAt(this.#startedAt) ?? Math.floor(this.#startedAt.wallMs * 1000);
    this.#place = { ticket: this.#ticket, waiter, keepMs, number: 1, claimMs: claimMsOf(this.#request) };
  }

  #stand(): Standing {
    const { set } = this.#context;
    const { call } = this.#request;
    const { runtime, options, nodes, quorum } = set;
    const fence = set.fences.propose(runtime.readClocks().wallMs);
    const standing = new Standing(
      {
        nodeCount: nodes.length,
        quorum,
        token: runtime.newToken(tokenTail(fence, call.label ?? runtime.label)),
        ttlMs: call.ttlMs,
        claimMs: this.#place!.claimMs,
        driftFactor: options.driftFactor,
        isAdmitted: (node, evidence) =>
          admit(set, this.#request, node, { outcome: "granted", evidence, deletedCount: 0 }).outcome === "granted",
      },
      fence,
    );
    standing.onGiven = () => this.#onGiven();
    return standing;
  }

  get #renewalMs(): number {
    const { ttlMs, retryMaxDelayMs } = this.#request.call;
    return Math.min(retryMaxDelayMs, RENEWAL_PART * (claimMsOf(this.#request) || Math.min(ttlMs, CALLED_MS)));
  }

  /** A quorum need not be asked; a part of one is waited on, and then it asks whether there is more. */
  #onGiven(): void {
    const standing = this.#standing!;
    const now = this.#set.runtime.readClocks();
    if (standing.wonFence(now, this.#request.call.safetyMarginMs) !== undefined) this.wake();
    else this.#wakeSoon();
  }

  #wakeSoon(): void {
    if (this.#sleep === undefined || this.#patience !== undefined) return;
    const patienceMs = PATIENCE_MS * (1 + this.#set.runtime.random()) * 2 ** Math.min(this.#partCount, MOST_DOUBLINGS);
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
      ? this.#renewalMs * (0.75 + roll / 4)
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
      const over = this.#sleepFor(delayMs);
      // Nodes whose lines differ call different waiters: asking takes a place wherever it is missing.
      watch?.whenNoticed(() => this.#wakeSoon());
      if (this.#standing?.hasPart === true) this.#onGiven();
      await over;
      this.#patience?.cancel();
      this.#patience = undefined;
      watch?.ignore();
    }
    if (watch?.isCalled === true && this.#place === undefined) {
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
