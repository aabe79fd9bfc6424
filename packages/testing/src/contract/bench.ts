/** One node under test over one server, with votes as promises. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

import type { Node, Operation, Vote } from "@quorate/redlock/node";

import { until } from "../redis/until.ts";
import type { ContractServer } from "./contract-server.ts";
import { Operations } from "./operations.ts";

/** A node that `makeNode` made, and how its owner ends what is below it. */
export interface ContractNode {
  readonly node: Node;
  /** Ends the client that the node was made over, where the node does not do so itself. */
  end?(): void | Promise<void>;
}

export class Bench {
  readonly server: ContractServer;
  readonly node: Node;
  readonly operations: Operations = new Operations(Date.now());

  constructor(server: ContractServer, node: Node) {
    this.server = server;
    this.node = node;
  }

  /** The vote, however late. */
  ask(operation: Operation): Promise<Vote> {
    return new Promise((resolve) => {
      this.node.send(operation, { receive: (_index, vote) => resolve(vote), abandoned: false }, 0);
    });
  }

  /** Asks, and compares these fields of the vote. */
  async expectVote(operation: Operation, expected: Partial<Record<string, unknown>>): Promise<Vote> {
    const vote = await this.ask(operation);
    expectFields(vote, expected);
    return vote;
  }

  /** Resolves when the node votes; asks now and then, as rounds do, since some clients tell nothing by themselves. */
  async whenUp(): Promise<void> {
    const probe = this.operations.inspect("probe");
    await until(async () => {
      if (this.node.state.status === "up") return (await this.ask(probe)).outcome !== "unknown";
      if (this.node.state.status === "down") void this.ask(probe);
      await sleep(20);
      return false;
    });
  }

  /** Resolves when the node knows that its server is gone; some clients find out by asking only. */
  async whenAway(): Promise<void> {
    const probe = this.operations.inspect("probe");
    await until(async () => {
      if (this.node.state.status === "down") return true;
      void this.ask(probe);
      await sleep(20);
      return false;
    });
  }

  /** Resolves when no lock key is left on the server. */
  whenFree(): Promise<void> {
    return until(async () => (await this.server.lockKeys()).length === 0);
  }
}

/** Other fields of the vote do not matter. */
export function expectFields(vote: Vote, expected: Partial<Record<string, unknown>>): void {
  const all = vote as unknown as Record<string, unknown>;
  const seen = Object.fromEntries(Object.keys(expected).map((field) => [field, all[field]]));
  assert.deepEqual(seen, expected, `voted ${JSON.stringify(vote)}`);
}
