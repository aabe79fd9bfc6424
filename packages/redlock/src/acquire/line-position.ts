/** Where one waiter stands in the nodes' lines: since when, under which token, and what it was given there. */
import { Standing } from "../core/standing.ts";
import { tokenTail } from "../core/token.ts";
import type { HeldLock } from "../lock/held-lock.ts";
import type { AcquireOperation, LinePlace } from "../node/operation.ts";
import type { AcquireRequest } from "../options/resolve.ts";
import { admit } from "../round/admit.ts";
import { leaveLines } from "../round/rollback.ts";
import type { ClockReading } from "../runtime/runtime.ts";
import type { Rank } from "./attempt.ts";
import { claimLock, claimMsOf, leastLeftMs } from "./claim.ts";
import type { AcquireContext } from "./context.ts";

/**
 * After which part of its claim a place is renewed, at most: a hand-over holds from when the place was sent, so a place
 * that is old is worth little, and who died in line blocks nobody for long.
 */
const RENEWAL_PART = 0.45;

/** How it would hold: only where it is all shared, or permits, others can be beside it. */
function howOf({ hold, keys }: AcquireRequest): string | undefined {
  if (hold?.mode === "permits") return `p${hold.weight}/${hold.of}`;
  if (hold === undefined) return undefined;
  return hold.indexes.length === keys.length ? "s" : `s${hold.indexes.join("/")}`;
}

/** Stands for the claim of a waiter for several resources, which is never handed a key and only called. */
const CALLED_MS = 10_000;

/** The rank of a process's first acquires: they ask for the nodes' clocks, by which a later waiter tells when it came. */
const ASKING_CLOCK: Rank = { place: { ticket: 0, waiter: "-", keepMs: 0, number: 1, claimMs: 0 }, standing: undefined };

export class LinePosition {
  readonly #context: AcquireContext;
  readonly #request: AcquireRequest;
  readonly #startedAt: ClockReading;
  readonly #onGiven: () => void;
  /** When the call came, by the nodes' clocks. */
  #ticket: number | undefined;
  #place: LinePlace | undefined;
  standing: Standing | undefined;
  /** How often in a row it had a part of the nodes and no quorum. */
  partCount = 0;

  /** `onGiven`: a node has given it the key. */
  constructor(context: AcquireContext, request: AcquireRequest, startedAt: ClockReading, onGiven: () => void) {
    this.#context = context;
    this.#request = request;
    this.#startedAt = startedAt;
    this.#onGiven = onGiven;
  }

  /** Whether it has places on the nodes, or will with its next try. */
  get isInLine(): boolean {
    return this.#place !== undefined;
  }

  /** From here on its tries take places under this name. */
  enter(waiter: string): void {
    const { call } = this.#request;
    const { fleetClock } = this.#context.set;
    // Kept until the next send has come, and one more: one that comes later takes the same place again.
    const keepMs = Math.ceil(2 * this.renewalMs + call.nodeTimeoutMs + 250);
    this.#ticket ??= fleetClock.usAt(this.#startedAt) ?? Math.floor(this.#startedAt.wallMs * 1000);
    this.#place = {
      ticket: this.#ticket,
      waiter,
      keepMs,
      number: 1,
      claimMs: claimMsOf(this.#request),
      how: howOf(this.#request),
    };
  }

  get renewalMs(): number {
    const { ttlMs, retryMaxDelayMs } = this.#request.call;
    return Math.min(retryMaxDelayMs, RENEWAL_PART * (claimMsOf(this.#request) || Math.min(ttlMs, CALLED_MS)));
  }

  /** What the next acquire carries. `hasWaited`: in this process's line, and then it comes before who came later elsewhere. */
  rank(hasWaited: boolean): Rank | undefined {
    if (this.#place !== undefined) {
      this.standing ??= this.#stand();
      return { place: this.#place, standing: this.standing };
    }
    const { set, announcements } = this.#context;
    if (set.fleetClock.toldCount < set.quorum) return ASKING_CLOCK;
    if (!hasWaited) return undefined;
    this.#ticket ??= set.fleetClock.usAt(this.#startedAt)!;
    const waiter = announcements.newWaiter();
    return { place: { ticket: this.#ticket, waiter, keepMs: 0, number: 1, claimMs: 0 }, standing: undefined };
  }

  /** The lock, where releases have handed it over. */
  claim(): HeldLock | undefined {
    const { standing } = this;
    return this.#isClaimable ? standing && claimLock(this.#context, this.#request, standing, this.#place!) : undefined;
  }

  /** Of permits only one round can show that nodes gave the same. */
  get #isClaimable(): boolean {
    return this.#request.hold?.mode !== "permits";
  }

  /** Whether a quorum has given it the key. */
  isGiven(): boolean {
    if (!this.#isClaimable) return false;
    const now = this.#context.set.runtime.readClocks();
    return this.standing?.wonFence(now, leastLeftMs(this.#request)) !== undefined;
  }

  /**
   * Its token was rolled back: it had a part of the nodes, and no quorum came. It stands again at once, under another
   * token; for whatever is released now would else go past it, and be told to nobody. But it asks less and less often.
   */
  endStanding(): void {
    this.partCount++;
    if (this.standing !== undefined) this.standing.onGiven = undefined;
    this.standing = undefined;
  }

  /** Gives up: ends its places on all nodes, and whatever it was given. */
  leave(lost: AcquireOperation): void {
    const { standing } = this;
    if (standing === undefined) return;
    this.endStanding();
    leaveLines(this.#context.set, { ...lost, fence: standing.fence, place: this.#place! });
  }

  #stand(): Standing {
    const { set } = this.#context;
    const { call } = this.#request;
    const { runtime, options, nodes, quorum } = set;
    const drawnAt = runtime.readClocks();
    const fence = set.fences.propose(drawnAt.wallMs);
    const standing = new Standing(
      {
        nodeCount: nodes.length,
        quorum,
        token: runtime.newToken(tokenTail(fence, call.label ?? runtime.label)),
        ttlMs: call.ttlMs,
        claimMs: this.#place!.claimMs,
        driftFactor: options.driftFactor,
        fenceRetentionMs: options.fenceRetentionMs,
        isGuarded: call.restartGuardMs > 0,
        isAdmitted: (node, evidence) =>
          admit(set, call.restartGuardMs, node, { outcome: "granted", evidence, deletedCount: 0 }).outcome ===
          "granted",
      },
      fence,
      drawnAt,
    );
    standing.onGiven = this.#onGiven;
    return standing;
  }
}
