/**
 * A node that runs scripts which the user brought. It is as good as they are, and as the client is: no batching, no
 * health, no fencing, no restart guard, and what is sent while there is no connection waits in the client's queue.
 */
import type { Vote } from "../core/vote.ts";
import type { Node, NodeState, VoteReceiver } from "../node/node.ts";
import type { Operation } from "../node/operation.ts";
import type { Client } from "./fleet.ts";
import type { Script, Scripts } from "./scripts.ts";

interface Evaluator {
  evalsha(hash: string, keyCount: number, ...parameters: readonly (string | number)[]): Promise<unknown>;
  eval(script: string, keyCount: number, ...parameters: readonly (string | number)[]): Promise<unknown>;
}

const evidence = { runId: undefined, memoryAgeMs: undefined, replica: false };
const up: NodeState = { status: "up", reason: undefined, detail: "", pendingReleaseCount: 0 };

export class ScriptedNode implements Node {
  readonly name: string = "a node with scripts of your own";
  readonly state: NodeState = up;
  readonly #client: Evaluator;
  readonly #scripts: Scripts;

  constructor(client: Client, scripts: Scripts) {
    const evaluator = client as unknown as Partial<Evaluator>;
    if (typeof evaluator.evalsha !== "function" || typeof evaluator.eval !== "function") {
      throw new TypeError("Redlock: scripts of your own need ioredis clients.");
    }
    this.#client = evaluator as Evaluator;
    this.#scripts = scripts;
  }

  send(operation: Operation, receiver: VoteReceiver, nodeIndex: number): void {
    this.#ask(operation).then(
      (vote) => receiver.receive(nodeIndex, vote),
      (error: unknown) => receiver.receive(nodeIndex, errorVote(error)),
    );
  }

  setListener(): void {}

  overdue(): void {}

  subscribe(): () => void {
    return () => {};
  }

  async close(): Promise<void> {}

  async #ask(operation: Operation): Promise<Vote> {
    switch (operation.kind) {
      case "acquire":
      case "extend": {
        const { acquireScript, extendScript } = this.#scripts;
        const script = operation.kind === "acquire" ? acquireScript : extendScript;
        return vote(operation, await this.#run(script, operation.keys, [operation.token, operation.ttlMs]));
      }
      case "release":
        return vote(operation, await this.#run(this.#scripts.releaseScript, operation.keys, [operation.token]));
      default:
        throw new Error(`there is no script of yours for ${operation.kind}`);
    }
  }

  async #run(script: Script, keys: readonly string[], parameters: readonly (string | number)[]): Promise<number> {
    const answer = await this.#client
      .evalsha(script.hash, keys.length, ...keys, ...parameters)
      .catch((error: unknown) => {
        if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
        return this.#client.eval(script.value, keys.length, ...keys, ...parameters);
      });
    if (typeof answer !== "number") throw new Error(`Unexpected result of type ${typeof answer} returned from redis.`);
    return answer;
  }
}

function vote(operation: Operation, appliedCount: number): Vote {
  if (operation.kind === "release") return { outcome: "granted", evidence, deletedCount: appliedCount };
  if (appliedCount === operation.keys.length) return { outcome: "granted", evidence, deletedCount: 0 };
  if (operation.kind === "extend") return { outcome: "refused", reason: "lost", evidence, resourceIndex: 0 };
  return { outcome: "refused", reason: "held", evidence, resourceIndex: 0, remainingMs: 0, fence: 0 };
}

function errorVote(error: unknown): Vote {
  return { outcome: "unknown", reason: "error", detail: String(error), mayHold: true, cause: error };
}
