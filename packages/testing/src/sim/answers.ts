/** What each node answered to each operation, for a report of one run. */
import type { Answer, Operation } from "@quorate/redlock/node";

import type { SimServer } from "./server.ts";

/** One operation that a node executed. */
export interface NodeAnswer {
  readonly atMs: number;
  readonly node: number;
  readonly process: string;
  readonly operation: Operation;
  readonly answer: Answer | undefined;
}

/** Keeps them from now on. `processOf`: the name of the process that drew a token. */
export function keepAnswers(
  servers: readonly SimServer[],
  nowMs: () => number,
  processOf: (token: string) => string,
  kept: NodeAnswer[],
): void {
  for (const server of servers) {
    const judged = server.onExecuted;
    server.onExecuted = (by, operations, reply) => {
      for (const [index, operation] of operations.entries()) {
        const process = processOf("token" in operation ? operation.token : "");
        kept.push({ atMs: nowMs(), node: by.index, process, operation, answer: reply[index + 3] });
      }
      judged?.(by, operations, reply);
    };
  }
}
