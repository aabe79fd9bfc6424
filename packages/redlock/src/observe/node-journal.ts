/** What is remembered of each node for `health()`: its last trouble, and until when the restart guard quarantines it. */
import type { ClockReading } from "../core/validity.ts";
import { elapsedMs } from "../core/validity.ts";
import type { Unknown, UnknownReason } from "../core/vote.ts";

/** The last time that a node did not vote, or went down. */
export interface NodeTrouble {
  /** By this machine's wall clock. */
  readonly at: Date;
  readonly reason: UnknownReason;
  /** In the client's or node's own words. Never a password. */
  readonly detail: string;
}

export class NodeJournal {
  readonly #readClocks: () => ClockReading;
  readonly #troubles: (NodeTrouble | undefined)[] = [];
  /** Why a node does not vote though it is up, by node. */
  readonly refusals: (NodeTrouble | undefined)[] = [];
  readonly #quarantines: ({ readonly since: ClockReading; readonly forMs: number } | undefined)[] = [];

  constructor(readClocks: () => ClockReading) {
    this.#readClocks = readClocks;
  }

  noteTrouble(node: number, trouble: Pick<Unknown, "reason" | "detail">): void {
    this.#troubles[node] = this.#dated(trouble);
  }

  /**
   * It refused its vote for a cause of its own, or answered too late: until `endRefusal` it does not vote. A node that is full
   * and slow as well is full: an answer in time ends only the other.
   */
  noteRefusal(node: number, trouble: Pick<Unknown, "reason" | "detail">): void {
    const known = this.refusals[node];
    if (known === undefined || isLate(known) || !isLate(trouble)) this.refusals[node] = this.#dated(trouble);
  }

  /** The node answered in time. Returns whether it had been too late before. */
  endLateness(node: number): boolean {
    const known = this.refusals[node];
    return known !== undefined && isLate(known) && this.endRefusal(node);
  }

  /** Returns whether there was one. */
  endRefusal(node: number): boolean {
    if (this.refusals[node] === undefined) return false;
    this.refusals[node] = undefined;
    return true;
  }

  #dated({ reason, detail }: Pick<Unknown, "reason" | "detail">): NodeTrouble {
    return { at: new Date(this.#readClocks().wallMs), reason, detail };
  }

  /** `forMs` 0: its grants count. */
  noteQuarantine(node: number, forMs: number): void {
    this.#quarantines[node] = forMs > 0 ? { since: this.#readClocks(), forMs } : undefined;
  }

  lastTrouble(node: number): NodeTrouble | undefined {
    return this.#troubles[node];
  }

  /** For how long yet its grants do not count; 0 when they do. */
  quarantinedForMs(node: number): number {
    const quarantine = this.#quarantines[node];
    return quarantine === undefined
      ? 0
      : Math.max(0, quarantine.forMs - elapsedMs(quarantine.since, this.#readClocks()));
  }
}

function isLate({ reason }: Pick<Unknown, "reason">): boolean {
  return reason === "timeout" || reason === "silent" || reason === "connecting";
}
