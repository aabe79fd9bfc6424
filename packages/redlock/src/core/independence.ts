/**
 * Whether the nodes are what a quorum needs: masters, each another server. Counting one server twice makes a quorum of
 * fewer machines than it says, and a replica knows only what its master has sent.
 *
 * Each vote tells who gave it. But a round is decided by the first votes, and the one that shows a twin could always be
 * the last: so the first lock is handed out only when every node has voted, or had its time. What comes to light later
 * is remembered, told by a warning, and refuses the acquires that follow.
 */
import type { NodeEvidence } from "./vote.ts";

export class Independence {
  readonly #names: readonly string[];
  readonly #onFound: (conflict: string) => void;
  readonly #runIds: (string | undefined)[];
  /** What was wrong with each node when it last answered. */
  readonly #conflicts: (string | undefined)[];
  #conflict: string | undefined;
  /** Whether a round in which a quorum answered has already heard every node that could be reached. */
  isProved = false;

  /** `onFound` is called once for each conflict. */
  constructor(names: readonly string[], onFound: (conflict: string) => void) {
    this.#names = names;
    this.#onFound = onFound;
    this.#runIds = names.map(() => undefined);
    this.#conflicts = names.map(() => undefined);
  }

  /** What is wrong, by the last answer of each node; for people. */
  get conflict(): string | undefined {
    return this.#conflict;
  }

  /** Remembers which server answered. Returns what is wrong with counting it. */
  identify(index: number, evidence: NodeEvidence): string | undefined {
    if (!evidence.replica && evidence.runId !== undefined && evidence.runId === this.#runIds[index]) return undefined;
    const found = this.#look(index, evidence);
    if (found === this.#conflicts[index]) return found;
    this.#conflicts[index] = found;
    this.#conflict = this.#conflicts.find((conflict) => conflict !== undefined);
    if (found !== undefined) this.#onFound(found);
    return found;
  }

  #look(index: number, { replica, runId }: NodeEvidence): string | undefined {
    this.#runIds[index] = undefined;
    const name = this.#names[index]!;
    if (replica) return `${name} is a replica: what its master forgets or has not sent yet, it does not hold`;
    if (runId === undefined) return undefined;
    const twin = this.#runIds.indexOf(runId);
    if (twin >= 0) return `${this.#names[twin]!} (node ${twin}) and ${name} (node ${index}) are the same server`;
    this.#runIds[index] = runId;
    return undefined;
  }
}
