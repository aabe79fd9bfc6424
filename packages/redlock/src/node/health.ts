/**
 * Where a node stands. Three ways of being away differ in what may still be written to it:
 *
 * - disconnected: nothing; releases are owed.
 * - connecting: the first connection takes longer than a round waits; nothing either.
 * - silent: the connection is there but a question is unanswered. Only releases are written, right behind the acquire
 *   they bury. Where the client has given the question up (its own command timeout), nothing is unanswered any more and
 *   no late reply would tell that the node is back: then one operation now and then goes through as a probe.
 */
import type { Unknown, UnknownReason } from "../core/vote.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { NodeState } from "./node.ts";

const firstProbeDelayMs = 100;
const longestProbeDelayMs = 1000;

export type AwayReason = Extract<UnknownReason, "disconnected" | "silent" | "connecting">;

export class Health {
  readonly #runtime: Runtime;
  readonly #onChange: () => void;
  status: NodeState["status"] = "joining";
  isSilent = false;
  #reason: UnknownReason | undefined;
  #detail = "the first connection is being made";
  #probeDelayMs = firstProbeDelayMs;
  #nextProbeAtMs = 0;

  constructor(runtime: Runtime, onChange: () => void) {
    this.#runtime = runtime;
    this.#onChange = onChange;
  }

  describe(pendingReleaseCount: number): NodeState {
    return { status: this.status, reason: this.#reason, detail: this.#detail, pendingReleaseCount };
  }

  up(): void {
    if (this.status === "up" || this.status === "closed") return;
    this.#probeDelayMs = firstProbeDelayMs;
    this.#set("up", undefined, "");
  }

  away(reason: AwayReason, detail: string): void {
    if (this.status === "closed") return;
    if (reason === "silent") this.#nextProbeAtMs = this.#nowMs() + this.#probeDelayMs;
    if (this.status === "down" && this.#reason === reason && this.#detail === detail) return;
    this.#set("down", reason, detail);
  }

  closed(): void {
    this.#set("closed", "closed", "this Redlock was closed");
  }

  /** Whether a silent node with nothing unanswered may be asked now; each yes makes the next one rarer. */
  mayProbe(): boolean {
    const nowMs = this.#nowMs();
    if (nowMs < this.#nextProbeAtMs) return false;
    this.#probeDelayMs = Math.min(this.#probeDelayMs * 2, longestProbeDelayMs);
    this.#nextProbeAtMs = nowMs + this.#probeDelayMs;
    return true;
  }

  /** The vote of an operation that is not written because the node is away. */
  vote(mayHold: boolean): Unknown {
    return { outcome: "unknown", reason: this.#reason ?? "disconnected", detail: this.#detail, mayHold };
  }

  #set(status: NodeState["status"], reason: UnknownReason | undefined, detail: string): void {
    this.status = status;
    this.#reason = reason;
    this.isSilent = reason === "silent";
    this.#detail = detail;
    this.#onChange();
  }

  #nowMs(): number {
    return this.#runtime.readClocks().monotonicMs;
  }
}
