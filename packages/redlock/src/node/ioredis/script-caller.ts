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
import { encodeOperations } from "../encode.ts";
import type { Operation } from "../operation.ts";
import { type Caller, type CallOutcome, outcomeOf } from "../script-calls.ts";
import { encodeCall } from "../encode.ts";
import { keyPrefixText } from "../key-prefix.ts";
import { scriptSha1, scriptText } from "../../lua/script.ts";
import { type CommandFunction, type CommandTarget, type IoredisClient, isWritable, optionsOf } from "./client.ts";
import { wireCommandClass, type WireCommandClass } from "./wire-command.ts";

export class ScriptCaller implements Caller {
  /** What ioredis would put before every key. */
  readonly keyPrefix: string;
  readonly #target: CommandTarget;
  readonly #evalsha: CommandFunction;
  readonly #eval: CommandFunction;
  readonly #info: CommandFunction;
  readonly #client: IoredisClient;
  #WireCommand: WireCommandClass | undefined;

  constructor(client: IoredisClient) {
    this.#client = client;
    this.keyPrefix = keyPrefixText(optionsOf(client).keyPrefix);
    this.#target = {
      options: { keyPrefix: "", enableAutoPipelining: false },
      sendCommand: (command) => {
        if (!client.isCluster) this.#WireCommand ??= wireCommandClass(command);
        return client.sendCommand(command);
      },
    };
    this.#evalsha = client.createBuiltinCommand("evalsha").string as CommandFunction;
    this.#eval = client.createBuiltinCommand("eval").string as CommandFunction;
    this.#info = client.createBuiltinCommand("info").string as CommandFunction;
  }

  get isWritable(): boolean {
    return isWritable(this.#client);
  }

  call(
    operations: readonly Operation[],
    knownLife: string,
    isKnown: boolean,
    onOutcome: (outcome: CallOutcome) => void,
  ): void {
    const onAnswer = (error: Error | null | undefined, reply: unknown): void => {
      if (error === null || error === undefined) onOutcome({ reply });
      else onOutcome(outcomeOf(error));
    };
    // The shards of a Cluster have a life each.
    const life = this.#client.isCluster ? "" : knownLife;
    if (isKnown && this.#WireCommand !== undefined) {
      const wire = encodeCall(scriptSha1, operations, this.keyPrefix, life);
      this.#client.sendCommand(new this.#WireCommand(wire, onAnswer) as never);
    } else {
      const parameters = [isKnown ? scriptSha1 : scriptText];
      encodeOperations(operations, this.keyPrefix, parameters, life);
      (isKnown ? this.#evalsha : this.#eval).call(this.#target, parameters, onAnswer);
    }
  }

  /** The text of one INFO section, `undefined` when it cannot be had. */
  info(section: string, onText: (text: string | undefined) => void): void {
    try {
      this.#info.call(this.#target, [section], (_error, text) => {
        onText(typeof text === "string" ? text : undefined);
      });
    } catch {
      onText(undefined);
    }
  }
}
