/** What is remembered of each node for `health()`: its last trouble, and until when the restart guard keeps it out. */
import type { ClockReading } from "../core/validity.ts";
import { elapsedMs } from "../core/validity.ts";
import type { Unknown, UnknownReason } from "../core/vote.ts";

/** The last time that a node did not vote, or went away. */
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
  readonly #keptOut: ({ readonly since: ClockReading; readonly forMs: number } | undefined)[] = [];

  constructor(readClocks: () => ClockReading) {
    this.#readClocks = readClocks;
  }

  noteTrouble(node: number, { reason, detail }: Pick<Unknown, "reason" | "detail">): void {
    this.#troubles[node] = { at: new Date(this.#readClocks().wallMs), reason, detail };
  }

  /** `forMs` 0: its grants count. */
  noteKeptOut(node: number, forMs: number): void {
    if (forMs > 0) this.#keptOut[node] = { since: this.#readClocks(), forMs };
    else if (this.#keptOut[node] !== undefined) this.#keptOut[node] = undefined;
  }

  lastTrouble(node: number): NodeTrouble | undefined {
    return this.#troubles[node];
  }

  /** For how long yet its grants do not count; 0 when they do. */
  keptOutForMs(node: number): number {
    const keptOut = this.#keptOut[node];
    return keptOut === undefined ? 0 : Math.max(0, keptOut.forMs - elapsedMs(keptOut.since, this.#readClocks()));
  }
}
