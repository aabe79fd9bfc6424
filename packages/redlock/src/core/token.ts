/**
 * What a lock key holds: `<random>:<T>:<label>`. The random part is the secret by which only the holder can extend and
 * release; the fencing token and the label tell others who it is, without another question to the nodes. Nobody takes
 * anything else for a token of this library: another one's, or an older version's, has neither.
 *
 * Fencing tokens are proposed by the holder and checked by every node, which grants only what is higher than all it has
 * granted before. A later holder's quorum shares a node with every earlier one's, so its token is greater; counting on
 * each node and taking the maximum would not be monotonic.
 */
import type { Vote } from "./vote.ts";

/** What of the random part may be shown: it tells two holders apart, and releases nothing. */
const SHOWN_LENGTH = 8;

/** What stands behind the random part. `fence`: 0 where fencing is off. */
export function tokenTail(fence: number, label: string): string {
  return `:${fence}:${label}`;
}

/** Its beginning, for people. */
export function shownToken(token: string): string {
  return token.slice(0, Math.min(SHOWN_LENGTH, tailAt(token)));
}

/** Whose it is, for people; `undefined` where it does not say, or says it in what would do harm on a terminal. */
export function labelOf(token: string): string | undefined {
  const label = /^:\d+:(.*)$/su.exec(token.slice(tailAt(token)))?.[1];
  return label === undefined || label === "" || UNPRINTABLE.test(label) ? undefined : label;
}

/** The T that it was made with; 0 where it has none: another library's, for one. */
export function fenceOf(token: string): number {
  return Number(/^:(\d+):/.exec(token.slice(tailAt(token)))?.[1] ?? 0);
}

/** What no label may have: control characters, lone surrogates, line ends, and what turns the direction of writing. */
export const UNPRINTABLE: RegExp = /[\p{Cc}\p{Cs}\u2028\u2029\u202A-\u202E\u2066-\u2069]/u;

function tailAt(token: string): number {
  const at = token.search(/:\d+:/);
  return at < 0 ? token.length : at;
}

/** A node refuses what lies further ahead of its own clock ("AHEAD"). In µs. */
const BELIEVED_AHEAD_US = 86_400_000_000;

/** By how much a token is passed when ours was refused as too low again and again; see `leap`. */
const LEAP_US = 50_000;

/** The wall clock in µs, or one more than the highest seen: so that a fleet whose memory is gone still goes upwards. */
export function proposeFence(wallMs: number, highestSeen: number): number {
  return Math.max(Math.floor(wallMs * 1000), highestSeen + 1);
}

/**
 * What one process knows of the tokens of all resources, to pass them at the first try.
 *
 * One that a broken clock has made, be it a node's or for a while our own, would be passed on to every resource, and no
 * other node would take it: no lock could be taken. So once a node has refused ours as too far ahead, only those are
 * passed that our clock makes believable. (Not before: where our own clock is days behind, the others' are right.)
 */
export class SeenFences {
  readonly #readWallMs: () => number;
  #highest = 0;
  #isCapped = false;

  constructor(readWallMs: () => number) {
    this.#readWallMs = readWallMs;
  }

  /** Of our own, or told by a node. What is no whole number, or none that could be passed, is ignored. */
  note(fence: number): void {
    if (!Number.isSafeInteger(fence)) return;
    if (fence > this.#highest && fence <= this.#mostBelieved()) this.#highest = fence;
  }

  /** What a node's vote on an acquire tells. */
  noteVote(vote: Vote): void {
    if (vote.outcome === "refused" && vote.reason !== "lost") {
      this.note(vote.fence);
    } else if (vote.outcome === "granted") {
      if (vote.fence !== undefined) this.note(vote.fence);
    } else if (vote.outcome === "unknown" && vote.detail.startsWith("AHEAD")) this.#isCapped = true;
  }

  /**
   * After several refusals in a row. By one more each time, a caller whose clock is behind is outbid again while its message is
   * under way, for as long as others with faster clocks try and do not win. Not after the first: whoever has waited
   * does not know the last holder's, and if each passed it by so much, all would be ahead of their clocks, and too low again.
   */
  leap(): void {
    this.note(this.#highest + LEAP_US);
  }

  /** Higher than all that were noted; not noted itself. */
  next(wallMs: number): number {
    if (this.#highest > this.#mostBelieved()) this.#highest = 0;
    return proposeFence(wallMs, this.#highest);
  }

  /** The next one is higher. */
  propose(wallMs: number): number {
    this.#highest = this.next(wallMs);
    return this.#highest;
  }

  #mostBelieved(): number {
    return this.#isCapped ? this.#readWallMs() * 1000 + BELIEVED_AHEAD_US : Number.MAX_SAFE_INTEGER - 1;
  }
}
