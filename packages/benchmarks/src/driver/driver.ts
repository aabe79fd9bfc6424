/** The parent's end of a driver process. */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { AnswerMessage, Driven, OpenOrder, Order, OrderMessage, Reports } from "./order.ts";

const entry = fileURLToPath(new URL("./driver-process.js", import.meta.url));

interface Waiting {
  readonly resolve: (report: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class Driver implements Driven {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  /** `execArgv`: for Node, e.g. `--cpu-prof`. */
  constructor(execArgv: readonly string[] = []) {
    this.#child = fork(entry, [], { execArgv: ["--expose-gc", ...execArgv], serialization: "advanced" });
    this.#child.on("message", (message: AnswerMessage) => this.#settle(message));
    this.#child.once("exit", (code, signal) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`the driver ended: ${signal ?? code}`));
      this.#waiting.clear();
    });
  }

  /** A driver with a peer opened in it. */
  static async open(order: Omit<OpenOrder, "kind">): Promise<Driver> {
    const driver = new Driver();
    await driver.tell({ kind: "open", ...order });
    return driver;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Resolves with the report on the order; rejects when the driver failed or died. */
  tell<Given extends Order>(order: Given): Promise<Reports[Given["kind"]]> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: (report) => resolve(report as Reports[Given["kind"]]), reject });
      this.#child.send({ id, order } satisfies OrderMessage);
    });
  }

  /** Kills it, whatever it is doing; resolves when it is gone. */
  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    if (this.#child.connected) this.#child.disconnect();
    const patience = setTimeout(() => this.#child.kill("SIGKILL"), 500);
    await exited;
    clearTimeout(patience);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end();
  }

  #settle(message: AnswerMessage): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if ("error" in message) waiting?.reject(new Error(message.error));
    else waiting?.resolve(message.report);
  }
}
