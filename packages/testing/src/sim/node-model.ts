/**
 * One Redis master as the lock sees it: the specification of the Lua script. Random sequences of operations must be
 * answered the same by this and by a real server, so whoever changes one has to say why the other was wrong.
 *
 * Nothing here waits or is sent anywhere; the machine around it (server.ts) decides when it is asked, and may take its
 * memory away.
 */
import { type Answer, type BatchReply, lifeRecordKey, type Operation } from "@quorate/redlock/node";

import { Keyspace } from "./keyspace.ts";
import { describeLife, freshRecord, isSameLife } from "./life-model.ts";
import { execute } from "./node-verbs.ts";
import { CommandError, type Notice, ScriptRun } from "./script-run.ts";

/** 0 master, 1 replica. */
export type Role = 0 | 1;

export class NodeModel {
  readonly #wallMs: () => number;
  keyspace: Keyspace = new Keyspace();
  runId: string;
  role: Role = 0;
  /** `noeviction` and full: nothing that needs memory is done. */
  outOfMemory = false;
  /** How many hear what is published on a channel. */
  listenerCount: (channel: string) => number = () => 1;
  /** Whether the user that the lock connects as may call INFO. */
  infoPermitted = true;
  /** Drawn anew at every start, and when it is promoted. */
  #history: string;
  #wasPromoted = false;
  #startedAtMs: number;

  /** `upForMs`: how long it has been running already, locked on since then, with no lock in memory. */
  constructor(runId: string, wallMs: () => number, upForMs = 0) {
    this.runId = runId;
    this.#wallMs = wallMs;
    this.#history = runId;
    this.#startedAtMs = wallMs() - upForMs;
    const bornMs = Math.floor(this.#startedAtMs);
    if (upForMs > 0) this.keyspace.set(lifeRecordKey(""), freshRecord(runId, bornMs), undefined);
  }

  /** It is a replica, and a master from now on. */
  promote(history: string): void {
    this.role = 0;
    this.#history = history;
    this.#wasPromoted = true;
  }

  /** A new server process, with what it found on its disk. */
  restart(runId: string, keyspace: Keyspace): void {
    this.runId = runId;
    this.#history = runId;
    this.#wasPromoted = false;
    this.keyspace = keyspace;
    this.#startedAtMs = this.#wallMs();
    this.outOfMemory = false;
  }

  /** Another server process, which has been running for `upForMs`, answers from now on. */
  replace(runId: string, keyspace: Keyspace, upForMs: number, wasPromoted: boolean): void {
    this.restart(runId, keyspace);
    this.#startedAtMs -= upForMs;
    this.role = 0;
    this.#wasPromoted = wasPromoted;
  }

  /** FLUSHALL: changes neither run id nor uptime. */
  flush(): void {
    this.keyspace = new Keyspace();
  }

  /** One script call: every operation at the same moment of the node's clock. `knownLife`: as the script is asked. */
  execute(
    operations: readonly Operation[],
    knownLife = "",
  ): { readonly reply: BatchReply; readonly notices: readonly Notice[] } {
    const run = new ScriptRun({
      keyspace: this.keyspace,
      nowMs: Math.floor(this.#wallMs()),
      isFull: this.outOfMemory,
      life: this.infoPermitted ? this.#history : "",
      listenerCount: this.listenerCount,
    });
    const header = this.#header(run, knownLife);
    const answers = operations.map((operation, index) => this.#answer(run, operation, operations[index + 1]));
    return { reply: [...header, ...answers], notices: run.notices };
  }

  #header(run: ScriptRun, knownLife: string): [string, number, number] {
    if (knownLife === "-") return ["-", 0, 0];
    if (!this.infoPermitted) return ["?", 0, 0];
    if (this.role === 1) return [this.runId, 0, 1];
    // The difference of two moments that were each cut to whole seconds, as Redis does it: up to a second too much.
    const uptimeSeconds = Math.floor(run.nowMs / 1000) - Math.floor(this.#startedAtMs / 1000);
    const facts = { runId: this.runId, history: this.#history, wasPromoted: this.#wasPromoted, uptimeSeconds };
    if (knownLife !== "" && isSameLife(run, facts, knownLife)) return ["=", 0, 0];
    return [...describeLife(run, facts), 0];
  }

  #answer(run: ScriptRun, operation: Operation, following: Operation | undefined): Answer {
    if (this.role === 1 && operation.kind !== "inspect") {
      return ["error", "READONLY You can't write against a read only replica."];
    }
    try {
      return execute(run, operation, following);
    } catch (error) {
      if (error instanceof CommandError) return ["error", error.message];
      throw error;
    }
  }
}
