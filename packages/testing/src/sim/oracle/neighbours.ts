/** Keys of somebody else, named as what is kept beside a lock could be: they stay as they are. */
import type { Prng } from "../prng.ts";
import type { SimServer } from "../server.ts";
import type { Verdicts } from "./ledger.ts";

/** Their text, by which they are known. */
export const NEIGHBOURS_TEXT = "their data\n17 somebody 9\n";
const ENDINGS: readonly string[] = ["line", "fence", "waiters", "places", "queue"];

export class NeighbourOracle {
  readonly #server: SimServer;
  readonly #verdicts: Verdicts;
  readonly #names: readonly string[];

  /** Puts them on this node. */
  constructor(server: SimServer, lockKeys: readonly string[], prng: Prng, verdicts: Verdicts) {
    this.#server = server;
    this.#verdicts = verdicts;
    this.#names = lockKeys.map((key) => `{${key}}:${prng.chance(0.5) ? "line" : prng.pick(ENDINGS)}`);
    for (const name of this.#names) server.model.keyspace.set(name, NEIGHBOURS_TEXT, undefined);
  }

  atTheEnd(): void {
    const nowMs = Math.floor(this.#server.clocks.wallMs);
    for (const name of this.#names) {
      const found = this.#server.model.keyspace.get(name, nowMs)?.text;
      if (found === NEIGHBOURS_TEXT) continue;
      this.#verdicts.report(
        "data of others",
        `${name} on ${this.#server.name} was ${found === undefined ? "deleted" : "changed"}`,
      );
    }
  }
}
