/**
 * A command of ioredis whose bytes are ready-made, and whose answer comes by callback. An ordinary one flattens, measures
 * and encodes its arguments, and makes a promise with five closures: at one caller that is a tenth of a cycle.
 *
 * It inherits from ioredis's own class, so that all that ioredis does with a command (time it out, fail it, send it again,
 * convert its reply) works as ever; only the constructor is not run.
 */
import { scriptSha1 } from "../../lua/script.ts";

/** Of a `commandTimeout`. */
const clearTimers = "_clearTimers";

/** What is used of an ioredis command. */
interface Command {
  transformReply(reply: unknown): unknown;
  [clearTimers]?(): void;
}

export type OnAnswer = (error: Error | undefined, reply: unknown) => void;

export type WireCommandClass = new (wire: string, onAnswer: OnAnswer) => object;

const settled: Promise<void> = Promise.resolve();
/** For monitors and traces that look at a command's arguments. */
const shownArguments = [scriptSha1, "0"];

const classes = new WeakMap<object, WireCommandClass>();

/** `undefined` when this ioredis has other commands than those we know. */
export function wireCommandClass(command: object): WireCommandClass | undefined {
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
