/**
 * Which nodes vote, by what they last said of themselves, and what an operator must be told of it: `health()`, the metrics
 * and the warnings all look here, so that none is green while no lock can be taken.
 *
 * A node that is up and refuses its vote for a cause of its own (no memory, no rights, a replica, a clock days off) is no
 * vote: it counts again when it grants, and not because its connection stands. A node that is late is no vote either: it
 * counts again when it answers in time, and not because its late answer came, or its connection was made at last.
 */
import { isOutrun } from "../core/refusal.ts";
import type { Vote } from "../core/vote.ts";
import { causeOf } from "../errors/causes.ts";
import { withNodes } from "../errors/remedies.ts";
import type { Node } from "../node/node.ts";
import type { Reporter } from "../observe/reporter.ts";
import { healthOf, type Health } from "../observe/health.ts";
import type { NodeJournal } from "../observe/node-journal.ts";
import type { Runtime, Timer } from "../runtime/runtime.ts";

/** For so long the next failure may be the last before an operator is told. */
const NO_SPARE_MS = 60_000;

export interface StandingsOf {
  readonly nodes: readonly Node[];
  readonly journal: NodeJournal;
  readonly reporter: Reporter;
  readonly runtime: Runtime;
  /** Why no lock is handed out at all, where the nodes are not independent. */
  readonly conflict: () => string | undefined;
}

export class Standings {
  readonly #of: StandingsOf;
  /** What was told of each node, until it grants again. */
  readonly #told: (string | undefined)[] = [];
  #spareTimer: Timer | undefined;
  #isNoSpareTold = false;

  constructor(of: StandingsOf) {
    this.#of = of;
  }

  health(): Health {
    const { nodes, journal, conflict } = this.#of;
    return healthOf(nodes, journal, conflict());
  }

  /** A vote on an acquire. `isInTime`: its round had not yet given up on it. */
  noteVote(node: number, vote: Vote, isInTime: boolean): void {
    const { journal } = this.#of;
    if (vote.outcome === "granted") {
      if (isInTime && journal.endRefusal(node)) {
        this.#told[node] = undefined;
        this.#changed();
      }
      return;
    }
    if (vote.outcome !== "unknown" || isOutrun(vote)) return;
    journal.noteTrouble(node, vote);
    if (!isOwnFault(vote)) return;
    journal.noteRefusal(node, vote);
    this.noteWords(node, vote.detail);
    this.#changed();
  }

  /** The node answered whatever it was asked, before the round had given up on it. */
  noteInTime(node: number): void {
    if (this.#of.journal.endLateness(node)) this.#changed();
  }

  /** Something to mend at one node is told once, also where a quorum is left without it. */
  noteWords(node: number, detail: string): void {
    const cause = causeOf(detail);
    if (cause?.scope !== "node" || this.#told[node] === cause.isSo || isToldByIndependence(detail)) return;
    this.#told[node] = cause.isSo;
    const { nodes, reporter } = this.#of;
    const names = nodes.map(({ name }) => name);
    const remedy = withNodes(cause.remedy, names);
    reporter.warn("NODE_REFUSES", `${names[node]} gives no vote: ${cause.isSo} (${detail}). What to do: ${remedy}.`);
  }

  /** The node's connection came or went. */
  noteStatus(node: number): void {
    const { status, reason, detail } = this.#of.nodes[node]!.state;
    if (status === "down") this.noteWords(node, detail);
    if (reason === "silent" || reason === "connecting") this.#of.journal.noteRefusal(node, { reason, detail });
    this.#changed();
  }

  close(): void {
    this.#spareTimer?.cancel();
    this.#spareTimer = undefined;
  }

  #changed(): void {
    const { votingCount, quorum, nodes } = this.health();
    const hasSpare =
      votingCount !== quorum || nodes.length === quorum || nodes.some(({ status }) => status === "joining");
    if (votingCount > quorum) this.#isNoSpareTold = false;
    if (hasSpare) this.close();
    else if (this.#spareTimer === undefined && !this.#isNoSpareTold) {
      this.#spareTimer = this.#of.runtime.startTimer(NO_SPARE_MS, () => this.#tellNoSpare());
      this.#spareTimer.keepProcessAlive(false);
    }
  }

  #tellNoSpare(): void {
    this.#spareTimer = undefined;
    this.#isNoSpareTold = true;
    const { votingCount, quorum, nodes } = this.health();
    const missing = nodes.filter(({ isVoting }) => !isVoting).map(({ node, why }) => `${node} (${why})`);
    this.#of.reporter.warn(
      "NO_SPARE_NODE",
      `For a minute only ${votingCount} of ${nodes.length} nodes have voted, and ${quorum} must: if one more fails, no ` +
        `lock can be taken. Without a vote: ${missing.join(", ")}.`,
    );
  }
}

/** Not what is about the keys, and not the guard's, which counts down by itself. */
function isOwnFault({ reason, detail }: Extract<Vote, { outcome: "unknown" }>): boolean {
  if (reason === "timeout") return true;
  return reason === "error" && !detail.startsWith("the round was over") && causeOf(detail)?.scope !== "keys";
}

function isToldByIndependence(detail: string): boolean {
  return /are the same server|is a replica:/.test(detail);
}
