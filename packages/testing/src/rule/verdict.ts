/** What becomes of a message. Every fault is a rule, and a rule only says this. */
import type { Message } from "./message.ts";

/** What one rule says of one message. */
export type Verdict =
  | { readonly kind: "pass" }
  /** Arrives later. Messages on one connection never overtake each other, and their delays do not add up. */
  | { readonly kind: "delay"; readonly delayMs: number }
  /** Arrives in pieces of at most so many bytes. A rig without bytes lets it pass. */
  | { readonly kind: "slice"; readonly pieceByteLength: number }
  /**
   * Waits until no rule holds it any longer, and everything behind it on the same connection and direction waits too:
   * what a network that is cut and heals does to a connection that outlives the cut.
   */
  | { readonly kind: "hold" }
  /**
   * Never arrives, and nobody is told. A connection is a stream: nothing that is sent behind it, on the same
   * connection in the same direction, arrives either.
   */
  | { readonly kind: "drop" }
  /** Never arrives; both ends find the connection broken. */
  | { readonly kind: "reset" };

/**
 * Asked once for every message as it is sent, and again for a held one whenever the rules change. A rule may remember
 * what it has seen; it reads no clock.
 */
export type Rule = (message: Message) => Verdict;

export const pass: Verdict = { kind: "pass" };
export const hold: Verdict = { kind: "hold" };
export const drop: Verdict = { kind: "drop" };
export const reset: Verdict = { kind: "reset" };

/** All rules' verdicts taken together, the only form a rig has to carry out. */
export interface Fate {
  /** What happens in the end: the worst of the verdicts. */
  readonly end: "deliver" | "hold" | "drop" | "reset";
  /** The sum of the delays. */
  readonly delayMs: number;
  /** The smallest of the pieces; `undefined` when the message stays whole. */
  readonly pieceByteLength: number | undefined;
}

const severity = { deliver: 0, hold: 1, drop: 2, reset: 3 } as const;

export function combine(verdicts: Iterable<Verdict>): Fate {
  let end: Fate["end"] = "deliver";
  let delayMs = 0;
  let pieceByteLength = Infinity;
  for (const verdict of verdicts) {
    switch (verdict.kind) {
      case "pass":
        break;
      case "delay":
        delayMs += verdict.delayMs;
        break;
      case "slice":
        pieceByteLength = Math.min(pieceByteLength, verdict.pieceByteLength);
        break;
      case "hold":
      case "drop":
      case "reset":
        if (severity[verdict.kind] > severity[end]) end = verdict.kind;
    }
  }
  return { end, delayMs, pieceByteLength: pieceByteLength === Infinity ? undefined : pieceByteLength };
}
