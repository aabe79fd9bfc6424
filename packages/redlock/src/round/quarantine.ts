/** Which nodes the restart guard does not count yet, and what callers are told of it. */
import type { Votes } from "../core/refusal.ts";
import type { Reporter } from "../observe/reporter.ts";
import type { NodeJournal } from "../observe/node-journal.ts";

export class Quarantine {
  /** By node. */
  readonly isIn: boolean[];
  readonly #names: readonly string[];
  readonly #journal: NodeJournal;
  readonly #reporter: Reporter;
  #isWaitTold = false;

  constructor(names: readonly string[], journal: NodeJournal, reporter: Reporter) {
    this.isIn = names.map(() => false);
    this.#names = names;
    this.#journal = journal;
    this.#reporter = reporter;
  }

  /** Tells once when the restart guard begins to keep a node out. */
  note(node: number, quarantinedForMs: number): void {
    const quarantined = quarantinedForMs > 0;
    this.#journal.noteQuarantine(node, quarantinedForMs);
    if (this.isIn[node] === quarantined) return;
    this.isIn[node] = quarantined;
    if (this.isIn.every((each) => !each)) this.#isWaitTold = false;
    if (!quarantined) return;
    this.#reporter.meter.nodeQuarantined(node);
    this.#reporter.report("nodeQuarantined", () => ({ node: this.#names[node]!, quarantinedForMs }));
  }

  /** No caller is to wait in silence: once for each time that the guard alone keeps a quorum from counting. */
  tellWait(guardedMs: number, votes: Votes): void {
    if (this.#isWaitTold) return;
    this.#isWaitTold = true;
    const count = votes.filter((vote) => vote?.outcome === "unknown" && vote.quarantinedForMs !== undefined).length;
    this.#reporter.warn(
      "WAITING_FOR_GUARD",
      `No lock can be taken for ${Math.ceil(guardedMs / 100) / 10} s yet: ${count} of ${this.#names.length} nodes have ` +
        "kept their memory for less than the restart guard's time (they are new to locks, or were restarted, promoted or " +
        "flushed), and may have forgotten a lock. Where every node syncs every write, " +
        "durableNodes: true says that they have not; in tests restartGuardMs: 0.",
    );
  }
}
