/**
 * A node that runs plain scripts: those which the user brought, or the standard ones on a client that is of no known
 * library (a mock, a stub). It is as good as they are, and as the client is: no batching, no health, no fencing, no
 * restart guard, and what is sent while there is no connection waits in the client's queue.
 */
import type { Vote } from "../core/vote.ts";
import { unguarded } from "../node/known-server.ts";
import type { Node, NodeState, VoteReceiver } from "../node/node.ts";
import type { Operation } from "../node/operation.ts";
import type { Script, Scripts } from "./scripts.ts";

/** As node-redlock calls it: keys and arguments in one list. */
interface Evaluator {
  evalsha(hash: string, keyCount: number, parameters: readonly (string | number)[]): unknown;
  eval(script: string, keyCount: number, parameters: readonly (string | number)[]): unknown;
}

const evidence = unguarded;
const up: NodeState = { status: "up", reason: undefined, detail: "", pendingReleaseCount: 0 };

export class ScriptedNode implements Node {
  readonly name: string = "a client that runs plain scripts";
  readonly runsPlainScripts = true;
  readonly state: NodeState = up;
  readonly #client: Evaluator;
  readonly #scripts: Scripts;

  /** A client without `evalsha` votes against everything, with the error that calling it gives. */
  constructor(client: object, scripts: Scripts) {
    this.#client = client as Evaluator;
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
    const all = [...keys, ...parameters];
    let answer: unknown;
    try {
      answer = await this.#client.evalsha(script.hash, keys.length, all);
    } catch (error) {
      // A mock may come from another realm than this file's own Error.
      if (!String((error as Partial<Error> | null)?.message).startsWith("NOSCRIPT")) throw error;
      answer = await this.#client.eval(script.value, keys.length, all);
    }
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
