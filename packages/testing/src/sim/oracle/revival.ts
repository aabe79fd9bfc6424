/**
 * Repair, never revive (safety.md, rule 4): an extension is won by nodes that never lost the key. A key that was made
 * again counts only after another round has gone by in which a quorum did not need it; counted at once, it would carry a
 * lock over to a node whose memory of what happened in between is gone.
 *
 * A heal makes nothing where its key is already: a release may hand the key over after an extend found none.
 *
 * What each node executed is known here, and when a round was won, though not which. So a grant counts if its node never
 * lost the key, or had granted an earlier round since the heal that a quorum carried without such doubts.
 */
import type { BatchReply, Operation } from "@quorate/redlock/node";

import type { SimServer } from "../server.ts";
import type { Claim } from "./claim.ts";
import type { Verdicts } from "./ledger.ts";

/** One extend round as the nodes have executed it. */
interface ExtendRound {
  /** By node: `undefined` where the key was never made again, else the rounds granted there since it was. */
  readonly grants: Map<number, readonly ExtendRound[] | undefined>;
  isWon: boolean;
}

/** What became of one lock's keys. */
interface Keys {
  /** By node whose key was made again: the rounds it has granted since. */
  readonly sinceHeal: Map<number, ExtendRound[]>;
  readonly rounds: Map<Operation, ExtendRound>;
  /** By node, until when its last extend keeps the key there, by its own clock. */
  readonly keptUntilMs: Map<number, number>;
}

export class RevivalOracle {
  readonly #verdicts: Verdicts;
  readonly #quorum: number;
  readonly #byToken = new Map<string, Keys>();
  readonly #ignored = new Set<string>();

  constructor(verdicts: Verdicts, nodeCount: number) {
    this.#verdicts = verdicts;
    this.#quorum = Math.floor(nodeCount / 2) + 1;
  }

  /** What the extends before kept there, is gone. */
  memoryLost(node: number): void {
    for (const { keptUntilMs } of this.#byToken.values()) keptUntilMs.delete(node);
  }

  executed({ index: node, clocks }: SimServer, operations: readonly Operation[], reply: BatchReply): void {
    if (!this.#verdicts.isArmed("repair is no revival")) return;
    for (const [index, operation] of operations.entries()) {
      const isDone = typeof reply[index + 3] === "number";
      if (operation.kind === "release") this.#byToken.delete(operation.token);
      else if (operation.kind === "heal" && isDone) this.#healed(node, operation.token, clocks.wallMs);
      else if (operation.kind !== "extend" && operation.kind !== "share") continue;
      else if (isDone) this.#granted(node, operation, operation.token, clocks.wallMs + operation.ttlMs);
      else this.#lost(node, operation.token);
    }
  }

  /** Another handle of the same lock makes rounds of its own, which nobody tells of. */
  ignore(token: string): void {
    this.#ignored.add(token);
  }

  /** An extension was won just now. */
  extended({ token, title }: Claim): void {
    const keys = this.#byToken.get(token);
    if (keys === undefined || this.#ignored.has(token)) return;
    let [strongest, most]: [ExtendRound | undefined, number] = [undefined, 0];
    for (const round of keys.rounds.values()) {
      const count = round.isWon ? 0 : this.#countedIn(round);
      if (count > most) [strongest, most] = [round, count];
    }
    if (most < this.#quorum) {
      this.#verdicts.report("repair is no revival", `${title} was extended, by ${most} nodes that never lost its key`);
    }
    if (strongest !== undefined) strongest.isWon = true;
  }

  /** Sent twice, it finds its own key: what is there already is not made again. */
  #healed(node: number, token: string, nowMs: number): void {
    const { sinceHeal, keptUntilMs } = this.#of(token);
    if ((keptUntilMs.get(node) ?? 0) > nowMs) return;
    if (!sinceHeal.has(node)) sinceHeal.set(node, []);
  }

  #lost(node: number, token: string): void {
    const { sinceHeal, keptUntilMs } = this.#of(token);
    sinceHeal.delete(node);
    keptUntilMs.delete(node);
  }

  #granted(node: number, operation: Operation, token: string, untilMs: number): void {
    const { rounds, sinceHeal, keptUntilMs } = this.#of(token);
    keptUntilMs.set(node, untilMs);
    const round = rounds.get(operation) ?? { grants: new Map(), isWon: false };
    rounds.set(operation, round);
    const earlier = sinceHeal.get(node);
    round.grants.set(node, earlier === undefined ? undefined : [...earlier]);
    earlier?.push(round);
  }

  #countedIn(round: ExtendRound, asked: ReadonlySet<ExtendRound> = new Set()): number {
    if (asked.has(round)) return 0;
    const askedNow = new Set([...asked, round]);
    const isCarried = (earlier: ExtendRound): boolean => this.#countedIn(earlier, askedNow) >= this.#quorum;
    return [...round.grants.values()].filter((earlier) => earlier === undefined || earlier.some(isCarried)).length;
  }

  #of(token: string): Keys {
    let keys = this.#byToken.get(token);
    if (keys === undefined) {
      keys = { sinceHeal: new Map(), rounds: new Map(), keptUntilMs: new Map() };
      this.#byToken.set(token, keys);
    }
    return keys;
  }
}
