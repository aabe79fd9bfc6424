/** Once a node has executed the release of a token, no acquire of that token is granted there any more. */
import type { Answer, BatchReply, Operation } from "@quorate/redlock/node";

import type { SimServer } from "../server.ts";
import type { Verdicts } from "./ledger.ts";

export class RollbackOracle {
  readonly #verdicts: Verdicts;
  readonly #released: Set<string>[] = [];

  constructor(verdicts: Verdicts) {
    this.#verdicts = verdicts;
  }

  /** What a node forgot, it can no longer refuse. */
  memoryLost(node: number): void {
    this.#released[node]?.clear();
  }

  executed(server: SimServer, operations: readonly Operation[], reply: BatchReply): void {
    const released = (this.#released[server.index] ??= new Set());
    for (const [index, operation] of operations.entries()) {
      const answer = reply[index + 3];
      if (operation.kind === "release") {
        // Without memory there is no tombstone, and nothing late is granted until there is memory again.
        if (operation.fence > 0 && typeof answer === "number" && !server.model.outOfMemory)
          released.add(operation.token);
      } else if ((operation.kind === "acquire" || operation.kind === "heal") && isGrant(answer)) {
        if (!released.has(operation.token)) continue;
        this.#verdicts.report(
          "rollback is final",
          `${server.name} granted ${operation.token.slice(0, 6)} again after its release`,
        );
      }
    }
  }
}

function isGrant(answer: Answer | undefined): boolean {
  return typeof answer === "number" || answer?.[0] === "slots";
}
