/** The nodes of one `Redlock`, and what all its rounds share. */
import { SeenFences } from "../core/token.ts";
import { FleetClock } from "../core/fleet-clock.ts";
import { Independence, quorumOf, warnOfEvenCount } from "../core/quorum.ts";
import type { Node } from "../node/node.ts";
import type { Reporter } from "../observe/reporter.ts";
import { NodeJournal } from "../observe/node-journal.ts";
import type { ResolvedOptions } from "../options/resolve.ts";
import { Standings } from "./standings.ts";
import { Deadlines } from "../runtime/deadlines.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { Comeback } from "./comeback.ts";
import { RoundGate } from "./gate.ts";
import { Quarantine } from "./quarantine.ts";

/** How long the first round waits for connections that are still being made, in milliseconds. */
const FIRST_CONNECTION_MS = 1_000;

export class NodeSet {
  readonly nodes: readonly Node[];
  readonly names: readonly string[];
  readonly quorum: number;
  readonly runtime: Runtime;
  readonly deadlines: Deadlines;
  readonly options: ResolvedOptions;
  readonly reporter: Reporter;
  readonly journal: NodeJournal;
  readonly independence: Independence;
  readonly standings: Standings;
  readonly quarantine: Quarantine;
  readonly fences: SeenFences;
  readonly gate: RoundGate;
  readonly comeback: Comeback;
  readonly fleetClock: FleetClock = new FleetClock();
  readonly #away: boolean[];
  #onJoined: (() => void)[] = [];
  /** Whether a quorum is connected, or no first connection is pending. */
  hasJoined = false;

  constructor(nodes: readonly Node[], runtime: Runtime, options: ResolvedOptions, reporter: Reporter) {
    this.nodes = nodes;
    this.names = nodes.map(({ name }) => name);
    this.quorum = quorumOf(nodes.length);
    this.runtime = runtime;
    this.deadlines = new Deadlines(runtime);
    this.gate = new RoundGate(() => nodes.filter(({ state }) => state.status !== "down").length >= this.quorum);
    this.comeback = new Comeback(nodes, this.quorum, runtime);
    this.fences = new SeenFences(() => runtime.readClocks().wallMs);
    this.options = options;
    this.reporter = reporter;
    this.journal = new NodeJournal(() => runtime.readClocks());
    this.independence = new Independence(this.names, (conflict) => {
      // Until then it is the acquire that tells, by its error.
      if (!this.independence.isProved) return;
      reporter.warn("NOT_INDEPENDENT", `${conflict}. Its vote does not count until that is mended.`);
    });
    const conflict = (): string | undefined => this.independence.refusal(this.quorum);
    this.standings = new Standings({ nodes, journal: this.journal, reporter, runtime, conflict });
    this.quarantine = new Quarantine(this.names, this.journal, reporter);
    this.#away = nodes.map(() => false);
    nodes.forEach((node, index) => {
      node.setListener({
        onStatus: () => this.#onStatus(index),
        onWarning: (code, message) => reporter.warn(code, message),
      });
    });
    this.#checkJoined();
    const warning = warnOfEvenCount(nodes.length);
    if (warning !== undefined) runtime.defer(() => reporter.warn("EVEN_NODE_COUNT", warning));
  }

  /**
   * Resolves at once when `hasJoined`; else at that moment, and after a second at the latest: so that a new `Redlock` does
   * not find all its nodes "connecting".
   */
  whenJoined(): Promise<void> {
    if (this.hasJoined) return Promise.resolve();
    for (const node of this.nodes) node.connect?.();
    return new Promise((resolve) => {
      const timer = this.runtime.startTimer(FIRST_CONNECTION_MS, () => {
        this.hasJoined = true;
        resolve();
      });
      this.#onJoined.push(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  async close(): Promise<void> {
    this.standings.close();
    const closing = this.nodes.map((node) => node.close());
    this.deadlines.expireAll();
    await Promise.allSettled(closing);
  }

  #onStatus(index: number): void {
    const { name, state } = this.nodes[index]!;
    const away = state.status === "down";
    if (away !== this.#away[index]) {
      this.#away[index] = away;
      if (away) {
        const reason = state.reason ?? "disconnected";
        this.journal.noteTrouble(index, { reason, detail: state.detail });
        this.reporter.meter.nodeDown(index);
        this.reporter.report("nodeDown", () => ({ node: name, reason, detail: state.detail }));
      } else if (state.status === "up") {
        this.reporter.report("nodeUp", () => ({ node: name }));
      }
    }
    this.standings.noteStatus(index);
    this.comeback.noteStatus(index);
    if (!this.hasJoined) this.#checkJoined();
  }

  #checkJoined(): void {
    const statuses = this.nodes.map((node) => node.state.status);
    const upCount = statuses.filter((status) => status === "up").length;
    this.hasJoined = upCount >= this.quorum || !statuses.includes("joining");
    if (this.hasJoined) for (const resolve of this.#onJoined.splice(0)) resolve();
  }
}
