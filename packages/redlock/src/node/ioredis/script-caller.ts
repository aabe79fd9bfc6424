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
import { scriptSha1, scriptText } from "../../lua/script.ts";
import { encodeCall, encodeOperations } from "../encode.ts";
import { keyPrefixText, type SlotNames } from "../keys.ts";
import { lifeRecordKey, notAsked, slotRecordKeys } from "../life-record.ts";
import type { Operation } from "../operation.ts";
import { outcomeOf, type CallOutcome, type Caller } from "../script-calls.ts";
import { optionsOf, type CommandFunction, type CommandTarget, type IoredisClient } from "./client.ts";

/** ioredis says "ready" until the close of a broken stream was processed; what is written then waits in a queue. */
export function isWritable(client: IoredisClient): boolean {
  if (client.status !== "ready") return false;
  return (client as { readonly stream?: { readonly writable?: boolean } }).stream?.writable !== false;
}

export class ScriptCaller implements Caller {
  /** What ioredis would put before every key. */
  readonly keyPrefix: string;
  readonly #target: CommandTarget;
  readonly #evalsha: CommandFunction;
  readonly #eval: CommandFunction;
  readonly #info: CommandFunction;
  readonly #client: IoredisClient;
  readonly #recordKey: string;
  readonly #slotRecordKeys: SlotNames | undefined;
  #WireCommand: WireCommandClass | undefined;

  /** `lockPrefix`: what every lock key begins with, behind the client's own prefix. */
  constructor(client: IoredisClient, lockPrefix: string) {
    this.#client = client;
    this.keyPrefix = keyPrefixText(optionsOf(client).keyPrefix);
    this.#recordKey = lifeRecordKey(this.keyPrefix + lockPrefix);
    this.#slotRecordKeys = client.isCluster ? slotRecordKeys(this.keyPrefix + lockPrefix) : undefined;
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
    // The slots of a Cluster have a life each.
    const life = this.#slotRecordKeys === undefined || knownLife === notAsked ? knownLife : "";
    const recordKey = this.#slotRecordKeys?.inSlotOf(this.keyPrefix + operations[0]!.keys[0]!) ?? this.#recordKey;
    if (isKnown && this.#WireCommand !== undefined) {
      const wire = encodeCall(scriptSha1, operations, this.keyPrefix, life, recordKey);
      this.#client.sendCommand(new this.#WireCommand(wire, onAnswer) as never);
    } else {
      const parameters = [isKnown ? scriptSha1 : scriptText];
      encodeOperations(operations, this.keyPrefix, parameters, life, recordKey);
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

/**
 * A command of ioredis whose bytes are ready-made, and whose answer comes by callback. An ordinary one flattens, measures
 * and encodes its arguments, and makes a promise with five closures: at one caller that is a tenth of a cycle.
 *
 * It inherits from ioredis's own class, so that all that ioredis does with a command (time it out, fail it, send it again,
 * convert its reply) works as ever; only the constructor is not run.
 */

/** The method of an ioredis command that clears the timer of its `commandTimeout`. */
const clearTimers = "_clearTimers";

/** What is used of an ioredis command. */
interface Command {
  transformReply(reply: unknown): unknown;
  [clearTimers]?(): void;
}

type OnAnswer = (error: Error | undefined, reply: unknown) => void;

export type WireCommandClass = new (wire: string, onAnswer: OnAnswer) => object;

const settled: Promise<void> = Promise.resolve();
/** For monitors and traces that look at a command's arguments. */
const shownArguments = [scriptSha1, "0"];

const classes = new WeakMap<object, WireCommandClass>();

/** `undefined` when this ioredis has other commands than those we know. */
function wireCommandClass(command: object): WireCommandClass | undefined {
  const prototype = Object.getPrototypeOf(command) as Partial<Command>;
  if (typeof prototype.transformReply !== "function") return undefined;
  let known = classes.get(prototype);
  if (known === undefined) {
    known = makeClass(prototype as Command);
    classes.set(prototype, known);
  }
  return known;
}

function makeClass(prototype: Command): WireCommandClass {
  class WireCommand {
    readonly name = "evalsha";
    readonly args = shownArguments;
    inTransaction = false;
    isTraced = true;
    isResolved = false;
    transformed = true;
    replyEncoding = "utf8";
    errorStack = undefined;
    promise = settled;
    readonly resolve: (reply: unknown) => Promise<void>;
    readonly reject: (error: Error) => void;
    readonly #wire: string;

    constructor(wire: string, onAnswer: OnAnswer) {
      this.#wire = wire;
      const command = this as unknown as Command & WireCommand;
      // Not methods: what traces commands takes them off and calls them.
      this.resolve = (reply) => {
        if (!command.isResolved) {
          command.isResolved = true;
          command[clearTimers]?.();
          onAnswer(undefined, command.transformReply(reply));
        }
        return settled;
      };
      this.reject = (error) => {
        if (command.isResolved) return;
        command.isResolved = true;
        command[clearTimers]?.();
        onAnswer(error, undefined);
      };
    }

    toWritable(): string {
      return this.#wire;
    }
  }
  Object.setPrototypeOf(WireCommand.prototype, prototype);
  return WireCommand;
}
