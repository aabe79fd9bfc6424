/**
 * Connections that were lost a moment ago. Most often that is our own doing: the process stood still (a suspend, a frozen
 * function), its sockets died meanwhile, and that is only seen now. The clients connect again within moments, so a caller
 * with one try is given that long; where nodes have been away for longer, there is nothing to wait for.
 */
import type { Vote } from "../core/vote.ts";
import type { Node } from "../node/node.ts";
import type { Runtime } from "../runtime/runtime.ts";

export class Comeback {
  readonly #nodes: readonly Node[];
  readonly #quorum: number;
  readonly #runtime: Runtime;
  /** The monotonic clock when the connection was lost; `undefined` while it stands. */
  readonly #lostAtMs: (number | undefined)[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(nodes: readonly Node[], quorum: number, runtime: Runtime) {
    this.#nodes = nodes;
    this.#quorum = quorum;
    this.#runtime = runtime;
  }

  /** To be called at every change of a node's status. */
  noteStatus(index: number): void {
    const { status, reason } = this.#nodes[index]!.state;
    if (status === "down" && reason === "disconnected") this.#lostAtMs[index] ??= this.#nowMs();
    else this.#lostAtMs[index] = undefined;
    if (this.#upCount < this.#quorum) return;
    for (const end of [...this.#waiting]) end();
  }

  /**
   * Where a quorum of nodes is missing only connections that were lost in the last `withinMs`: resolves when they are back,
   * and after `withinMs` at the latest; at once where they came back since they gave these `votes`. Else `undefined`.
   */
  whenBack(withinMs: number, votes: readonly (Vote | undefined)[] = []): Promise<void> | undefined {
    if (withinMs > 0 && this.#upCount >= this.#quorum && votes.some(this.#isBack)) return Promise.resolve();
    const sinceMs = this.#nowMs() - withinMs;
    const recentCount = this.#lostAtMs.filter((lostAtMs) => lostAtMs !== undefined && lostAtMs > sinceMs).length;
    const isMissing = this.#upCount < this.#quorum && this.#upCount + recentCount >= this.#quorum;
    if (!isMissing || withinMs <= 0) return undefined;
    return new Promise((resolve) => {
      const end = (): void => {
        timer.cancel();
        this.#waiting.delete(end);
        resolve();
      };
      const timer = this.#runtime.startTimer(withinMs, end);
      this.#waiting.add(end);
    });
  }

  readonly #isBack = (vote: Vote | undefined, index: number): boolean =>
    vote?.outcome === "unknown" && vote.reason === "disconnected" && this.#nodes[index]!.state.status === "up";

  get #upCount(): number {
    return this.#nodes.filter(({ state }) => state.status === "up").length;
  }

  #nowMs(): number {
    return this.#runtime.readClocks().monotonicMs;
  }
}
