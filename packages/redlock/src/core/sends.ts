/** What one waiter has sent to the nodes from its place in their lines, and which of that each node has answered. */
import { type ClockReading, elapsedMs } from "./validity.ts";
import type { NodeEvidence } from "./vote.ts";

/** No node answers older sends any more: their places were renewed. */
const SENDS_REMEMBERED = 8;
/** The rest is for the clocks' differences. Each new T may cost a hand-over, whose grants must have one. */
const FRESH_PART = 0.1;

interface Send {
  readonly at: ClockReading;
  readonly fence: number;
  /** When its T was drawn. */
  readonly drawnAt: ClockReading;
}

export interface SendTerms {
  readonly nodeCount: number;
  readonly fenceRetentionMs: number;
}

export class Sends {
  readonly #fenceRetentionMs: number;
  readonly #sent = new Map<number, Send>();
  /** By node and send, what the node told of itself in its answer. */
  readonly #answers: readonly Map<number, NodeEvidence>[];
  /** By node, whether a send that is no longer remembered was never answered. */
  readonly #wasUnheard: boolean[] = [];
  #latest = 0;
  #fence: number;
  /** When the T of the last send was drawn. */
  drawnAt: ClockReading;

  constructor({ nodeCount, fenceRetentionMs }: SendTerms, fence: number, drawnAt: ClockReading) {
    this.#answers = Array.from({ length: nodeCount }, () => new Map());
    this.#fenceRetentionMs = fenceRetentionMs;
    this.#fence = fence;
    this.drawnAt = drawnAt;
  }

  /**
   * Whether the last T may be sent again. Nodes forget the tokens of locks that have ended after `fenceRetentionMs`: one
   * that was drawn before them, and is asked for after, would be granted below them.
   */
  isFresh(at: ClockReading): boolean {
    return elapsedMs(this.drawnAt, at) <= this.#fenceRetentionMs * FRESH_PART;
  }

  /** Before a send leaves; answers its number. */
  add(fence: number, at: ClockReading): number {
    if (fence !== this.#fence) {
      this.#fence = fence;
      this.drawnAt = at;
    }
    this.#sent.set(++this.#latest, { at, fence, drawnAt: this.drawnAt });
    const forgotten = this.#latest - SENDS_REMEMBERED;
    if (this.#sent.delete(forgotten)) {
      for (const [node, answers] of this.#answers.entries()) {
        if (!answers.delete(forgotten)) this.#wasUnheard[node] = true;
      }
    }
    return this.#latest;
  }

  get(number: number): Send | undefined {
    return this.#sent.get(number);
  }

  noteAnswer(node: number, number: number, evidence: NodeEvidence): void {
    this.#answers[node]!.set(number, evidence);
  }

  /** What the node told of itself in its answer to this send. */
  answerOf(node: number, number: number): NodeEvidence | undefined {
    return this.#answers[node]!.get(number);
  }

  /** Whether a send may still come to run on a node, whose answer was never heard: it must find itself buried. */
  isUnheard(node: number): boolean {
    const answers = this.#answers[node]!;
    for (const number of this.#sent.keys()) if (!answers.has(number)) return true;
    return this.#wasUnheard[node] === true;
  }
}
