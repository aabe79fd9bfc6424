/**
 * The contract that every node of a `Redlock` keeps, as a suite: for adapters of other client libraries, and for
 * servers that stand in for Redis.
 */
import { startFleet } from "../redis/fleet.ts";
import { Bench, type ContractNode } from "./bench.ts";
import { contractCases } from "./cases.ts";
import type { ContractServer } from "./contract-server.ts";

/** The two functions of a test runner that a suite is made with: those of vitest, jest, mocha and node:test all fit. */
export interface ContractRunner {
  describe(title: string, body: () => void): unknown;
  test(title: string, body: () => Promise<void>): unknown;
}

/** A server for one case, and its end. */
export interface OwnedServer {
  readonly server: ContractServer;
  stop(): Promise<void>;
}

/** What the suite is about, and what runs it. */
export interface ContractOptions {
  /** @default "a node" */
  readonly title?: string;
  /** @default the globals `describe` and `test` */
  readonly runner?: ContractRunner;
  /**
   * Whether the client library can listen to announcements; without them waiters ask now and then.
   * @default true
   */
  readonly hears?: boolean;
  /** @default a real redis-server for each case */
  readonly startServer?: () => Promise<OwnedServer>;
}

/** Declares the suite. `makeNode`: a node over this server, through the adapter under test. */
export function describeNodeContract(
  makeNode: (server: ContractServer) => ContractNode | Promise<ContractNode>,
  options: ContractOptions = {},
): void {
  const { title = "a node", hears = true, startServer = startRealServer } = options;
  const runner = options.runner ?? (globalThis as unknown as ContractRunner);
  if (typeof runner.describe !== "function" || typeof runner.test !== "function") {
    throw new TypeError(
      "describeNodeContract: there are no globals describe and test: pass `runner: { describe, test }`",
    );
  }
  runner.describe(title, () => {
    for (const each of contractCases) {
      if (each.needs === "announcements" && !hears) continue;
      runner.test(each.title, async () => {
        const owned = await startServer();
        const made = await makeNode(owned.server);
        try {
          const bench = new Bench(owned.server, made.node);
          await bench.whenUp();
          await each.run(bench);
        } finally {
          await made.node.close();
          await made.end?.();
          await owned.stop();
        }
      });
    }
  });
}

async function startRealServer(): Promise<OwnedServer> {
  const fleet = await startFleet({ nodes: 1 });
  return { server: fleet.node(0), stop: () => fleet.stop() };
}
