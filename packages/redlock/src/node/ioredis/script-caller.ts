/**
 * Calls the script through an ioredis client, past three of the client's own habits:
 *
 * - keyPrefix: the fence key of "app:orders" must be the same whether "app:" comes from the client or from Redlock, and
 *   on a Cluster it must hash like the lock key. So the prefix is added before the fence key is derived, not by ioredis.
 * - enableAutoPipelining: a pipeline waits for the one before, which on a silent connection would keep a release from
 *   being written right behind its acquire.
 * - showFriendlyErrorStack: a stack trace per call.
 *
 * All three are options that a command reads from its `this`; so commands get one of ours, which hands them on.
 */
import type { BatchReply } from "../connection.ts";
import { scriptSha1, scriptText } from "../../lua/script.ts";
import { type CommandFunction, type CommandTarget, type IoredisClient, optionsOf } from "./client.ts";

/** `refusal` is set when the node itself answered with an error, `failure` when no answer came. */
export type CallOutcome = { readonly reply: BatchReply } | { readonly refusal: string } | { readonly failure: Error };

export class ScriptCaller {
  /** What ioredis would put before every key. */
  readonly keyPrefix: string;
  readonly #target: CommandTarget;
  readonly #evalsha: CommandFunction;
  readonly #eval: CommandFunction;
  readonly #info: CommandFunction;
  #isKnown = false;

  constructor(client: IoredisClient) {
    const prefix = optionsOf(client).keyPrefix ?? "";
    this.keyPrefix = typeof prefix === "string" ? prefix : new TextDecoder().decode(prefix);
    this.#target = {
      options: { keyPrefix: "", enableAutoPipelining: false },
      sendCommand: (command) => client.sendCommand(command),
    };
    this.#evalsha = client.createBuiltinCommand("evalsha").string as CommandFunction;
    this.#eval = client.createBuiltinCommand("eval").string as CommandFunction;
    this.#info = client.createBuiltinCommand("info").string as CommandFunction;
  }

  /** The first argument of `call`, which the others follow in the same list. */
  get script(): string {
    return this.#isKnown ? scriptSha1 : scriptText;
  }

  /** A server that was restarted has forgotten the script; sending its text once is cheaper than asking in vain. */
  forget(): void {
    this.#isKnown = false;
  }

  /** `parameters` begin with `script`. Answers once, never before it returns. */
  call(parameters: readonly string[], onOutcome: (outcome: CallOutcome) => void): void {
    const command = parameters[0] === scriptSha1 ? this.#evalsha : this.#eval;
    command.call(this.#target, parameters, (error, reply) => {
      if (error === null || error === undefined) {
        this.#isKnown = true;
        onOutcome({ reply: reply as BatchReply });
      } else if (error.name === "ReplyError") {
        onOutcome({ refusal: error.message });
      } else {
        onOutcome({ failure: error });
      }
    });
  }

  /** The text of one INFO section, `undefined` when it cannot be had. */
  info(section: string, onText: (text: string | undefined) => void): void {
    this.#info.call(this.#target, [section], (_error, text) => {
      onText(typeof text === "string" ? text : undefined);
    });
  }
}
