/**
 * One Redis master as the lock sees it: the specification of the Lua script. Random sequences of operations must be
 * answered the same by this and by a real server, so whoever changes one has to say why the other was wrong.
 *
 * Nothing here waits or is sent anywhere; the machine around it (server.ts) decides when it is asked, and may take its
 * memory away.
 */
import type { Answer, BatchReply, Operation } from "@quorate/redlock/node";

import { Keyspace } from "./keyspace.ts";
import { execute } from "./node-verbs.ts";
import { CommandError, type Notice, ScriptRun } from "./script-run.ts";

/** 0 master, 1 replica, 2 promoted replica. */
export type Role = 0 | 1 | 2;

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
  #startedAtMs: number;

  /** `upForMs`: how long it has been running already, with nothing in memory. */
  constructor(runId: string, wallMs: () => number, upForMs = 0) {
    this.runId = runId;
    this.#wallMs = wallMs;
    this.#startedAtMs = wallMs() - upForMs;
  }

  /** A new server process, with what it found on its disk. */
  restart(runId: string, keyspace: Keyspace): void {
    this.runId = runId;
    this.keyspace = keyspace;
    this.#startedAtMs = this.#wallMs();
    this.outOfMemory = false;
  }

  /** Another server process, which has been running for `upForMs`, answers from now on. */
  replace(runId: string, keyspace: Keyspace, upForMs: number, role: Role): void {
    this.restart(runId, keyspace);
    this.#startedAtMs -= upForMs;
    this.role = role;
  }

  /** FLUSHALL: changes neither run id nor uptime. */
  flush(): void {
    this.keyspace = new Keyspace();
  }

  /** One script call: every operation at the same moment of the node's clock. */
  execute(operations: readonly Operation[]): { readonly reply: BatchReply; readonly notices: readonly Notice[] } {
    const nowMs = Math.floor(this.#wallMs());
    const run = new ScriptRun({
      keyspace: this.keyspace,
      nowMs,
      isFull: this.outOfMemory,
      life: this.infoPermitted ? this.runId : "",
      listenerCount: this.listenerCount,
    });
    const answers = operations.map((operation, index) => this.#answer(run, operation, operations[index + 1]));
    return { reply: [...this.#evidence(nowMs), ...answers], notices: run.notices };
  }

  #evidence(nowMs: number): [string, number, number] {
    if (!this.infoPermitted) return ["", -1, 0];
    // The difference of two moments that were each cut to whole seconds, as Redis does it: up to a second too much.
    const uptimeSeconds = Math.floor(nowMs / 1000) - Math.floor(this.#startedAtMs / 1000);
    return [this.runId, uptimeSeconds, this.role];
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
