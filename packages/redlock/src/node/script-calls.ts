/**
 * Script calls over any client: whether the script's text is sent, what is done when the node does not know it, and what
 * is answered when the connection breaks under a call.
 */
import { scriptSha1, scriptText } from "../lua/script.ts";
import { asError, errorReplyOf } from "./client-errors.ts";
import type { Answer, BatchReply, ReplyCallback } from "./connection.ts";
import { isBatchReply, notWritten, shownReply } from "./decode.ts";
import { encodeOperations } from "./encode.ts";
import { KnownServer } from "./known-server.ts";
import type { Operation } from "./operation.ts";
import type { Runtime } from "../runtime/runtime.ts";

/**
 * `refusal` is set when the node itself answered with an error, `failure` when no answer came. The reply is what the client
 * makes of it: a proxy between may answer anything.
 */
export type CallOutcome = { readonly reply: unknown } | { readonly refusal: string } | { readonly failure: Error };

/** What an error of the client means. */
export function outcomeOf(thrown: unknown): CallOutcome {
  const failure = asError(thrown);
  const refusal = errorReplyOf(failure);
  return refusal === undefined ? { failure } : { refusal };
}

/** How a client calls the script, and when it may. */
export interface Caller {
  readonly isWritable: boolean;
  /**
   * `isKnown`: whether the node has the script, so that its sum is enough. `knownLife`: see known-server.ts. Answers once,
   * perhaps before it returns; where it throws, no answer comes.
   */
  call(
    operations: readonly Operation[],
    knownLife: string,
    isKnown: boolean,
    onOutcome: (outcome: CallOutcome) => void,
  ): void;
}

/** The call as one raw command; `keyPrefix` is put before every lock key, and is part of `recordKey` already. */
export function scriptCommand(
  operations: readonly Operation[],
  keyPrefix: string,
  knownLife: string,
  recordKey: string,
  isKnown: boolean,
): string[] {
  const command = isKnown ? ["EVALSHA", scriptSha1] : ["EVAL", scriptText];
  encodeOperations(operations, keyPrefix, command, knownLife, recordKey);
  return command;
}

interface Call {
  readonly operations: readonly Operation[];
  readonly onReply: ReplyCallback;
  readonly wanted: (index: number) => boolean;
  /** It was answered NOSCRIPT before, and is written with the text now. */
  readonly isAgain?: boolean;
}

/** Whether the server has the script; after a restart that this client did not see it is wrong, and the server then answers NOSCRIPT. */
export interface ScriptKnowledge {
  isScriptKnown: boolean;
}

export class ScriptCalls {
  readonly #caller: Caller;
  readonly #underWay = new Set<Call>();
  readonly #server: KnownServer;
  readonly #shared: ScriptKnowledge;

  /** `shared`: with others who call over the same client. */
  constructor(caller: Caller, runtime: Runtime, shared: ScriptKnowledge = { isScriptKnown: false }) {
    this.#caller = caller;
    this.#shared = shared;
    this.#server = new KnownServer(runtime);
  }

  /** What has been unanswered for longest; `undefined` when nothing is. */
  get oldest(): object | undefined {
    return this.#underWay.values().next().value;
  }

  /** As `Connection.execute`. */
  execute(operations: readonly Operation[], onReply: ReplyCallback, wanted: (index: number) => boolean): void {
    this.#write({ operations, onReply, wanted });
  }

  /** A server that was restarted has forgotten the script; sending its text once is cheaper than asking in vain. */
  forget(): void {
    this.#shared.isScriptKnown = false;
  }

  /** Answers what is under way, whatever the client makes of it. */
  failAll(error: Error): void {
    const calls = [...this.#underWay];
    this.#underWay.clear();
    for (const call of calls) call.onReply(error, undefined);
  }

  #write(call: Call): void {
    const asked = this.#server.ask(call.operations);
    const onOutcome = (outcome: CallOutcome): void => {
      if (!this.#underWay.delete(call)) return;
      if ("failure" in outcome) {
        call.onReply(outcome.failure, undefined);
      } else if ("refusal" in outcome) {
        this.#refused(call, outcome.refusal);
      } else if (isBatchReply(outcome.reply)) {
        this.#shared.isScriptKnown = true;
        call.onReply(undefined, this.#server.complete(outcome.reply, asked));
      } else {
        this.#refused(call, `ERR what answered is not the script: ${shownReply(outcome.reply)}`);
      }
    };
    this.#underWay.add(call);
    try {
      this.#caller.call(call.operations, asked.id, this.#shared.isScriptKnown, onOutcome);
    } catch (error) {
      onOutcome({ failure: asError(error) });
    }
  }

  #refused(call: Call, refusal: string): void {
    // What refuses the text as well, a proxy perhaps, would be sent it for ever.
    if (!refusal.startsWith("NOSCRIPT") || call.isAgain === true) {
      call.onReply(undefined, refusedAsWhole(refusal, call.operations.length));
      return;
    }
    this.forget();
    this.#writeAgain(call);
  }

  /** The node did not know the script: once more, with its text, what is still wanted. */
  #writeAgain(call: Call): void {
    if (!this.#caller.isWritable) {
      call.onReply(new Error("the connection was lost"), undefined);
      return;
    }
    const isWanted = call.operations.map((_operation, index) => call.wanted(index));
    const operations = call.operations.filter((_operation, index) => isWanted[index]);
    const onReply: ReplyCallback = (error, reply) => {
      call.onReply(error, reply === undefined ? undefined : withGaps(reply, isWanted));
    };
    if (operations.length === 0) onReply(undefined, ["", -1, 0]);
    else this.#write({ operations, onReply, wanted: () => true, isAgain: true });
  }
}

/** A node's refusal of a whole call, or ours, as the reply to each of its operations. */
export function refusedAsWhole(refusal: string, operationCount: number): BatchReply {
  const answers: Answer[] = Array.from({ length: operationCount }, () => ["error", refusal]);
  return ["", -1, 0, ...answers];
}

/** A reply to the wanted operations as one to all of them. */
function withGaps(reply: BatchReply, isWanted: readonly boolean[]): BatchReply {
  let at = 3;
  const answers = isWanted.map((wanted): Answer => {
    if (wanted) return reply[at++] as Answer;
    return ["error", `${notWritten} the round was over before the node knew the script`];
  });
  return [reply[0], reply[1], reply[2], ...answers];
}
