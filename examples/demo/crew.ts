/** The worker processes, as the stage sees them. */
import { fork, spawn, type ChildProcess } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { fileURLToPath } from "node:url";
import { LockHistory } from "@quorate/testing";
import type { FromWorker, Plan, ToWorker, WorkerSettings } from "./messages.ts";
import type { Store } from "./store.ts";

const workerPath = fileURLToPath(new URL("worker.js", import.meta.url));

/** A section that was ordered: its two moments. */
export interface Section {
  /** Resolves with the fencing token once the worker is inside. */
  readonly entered: Promise<number>;
  /** Resolves once the worker has given the lock back. */
  readonly left: Promise<unknown>;
}

interface WorkerEvents {
  message: [FromWorker];
  /** The process ended, and nobody had asked it to. */
  death: [];
}

export class Worker extends EventEmitter<WorkerEvents> {
  readonly name: string;
  readonly #process: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #recorded: string[] = [];
  #finishing = false;
  #undertaker: ChildProcess | undefined;

  constructor(settings: WorkerSettings, store: Store) {
    super();
    this.name = settings.name;
    this.#process = fork(workerPath, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    this.#exited = once(this.#process, "exit").then(() => this.#finishing || this.emit("death"));
    this.#process.on("message", (message: FromWorker) => {
      if (message.kind === "ask") {
        this.#send({ kind: "answer", id: message.id, answer: store.answer(message.request) });
      }
      if (message.kind === "recorded") this.#recorded.push(`${message.line}\n`);
      this.emit("message", message);
    });
    this.#send({ kind: "start", settings });
  }

  /** What it has seen of the lock so far. */
  get history(): LockHistory {
    return LockHistory.parse(this.#recorded.join(""));
  }

  /** Has the worker spend one of its next sections so. */
  order(plan: Plan): Section {
    this.#send({ kind: "plan", plan });
    return {
      entered: this.#next((message) =>
        message.kind === "entered" && message.plan === plan ? message.fencingToken : undefined,
      ),
      left: this.#next((message) => (message.kind === "left" && message.plan === plan ? message : undefined)),
    };
  }

  /** Resolves when the worker next leaves a section, by itself or because its lock is lost: before the release ends. */
  leaves(): Promise<unknown> {
    return this.#next((message) => (message.kind === "leaving" || message.kind === "lost" ? message : undefined));
  }

  /** SIGSTOP: all of it stands still, its timers too. */
  pause(): void {
    this.#process.kill("SIGSTOP");
    // Standing still it would not notice the end of this process, and stay for ever: the pipe's end is noticed instead.
    const script = `read -r _; kill -KILL ${this.#process.pid}`;
    this.#undertaker = spawn("/bin/sh", ["-c", script], { stdio: ["pipe", "ignore", "ignore"] });
  }

  /** SIGCONT. */
  resume(): void {
    this.#undertaker?.kill("SIGKILL");
    this.#process.kill("SIGCONT");
  }

  /** Lets it give back what it holds; resolves when the process is gone. */
  async finish(): Promise<void> {
    this.#finishing = true;
    this.#send({ kind: "finish" });
    await this.#exited;
  }

  /** For the end of a stage that was interrupted. */
  kill(): void {
    this.#finishing = true;
    this.#process.kill("SIGKILL");
  }

  /** Resolves with the first thing that `pick` picks from a message. */
  #next<Picked>(pick: (message: FromWorker) => Picked | undefined): Promise<Picked> {
    return new Promise((resolve) => {
      const look = (message: FromWorker): void => {
        const picked = pick(message);
        if (picked === undefined) return;
        this.off("message", look);
        resolve(picked);
      };
      this.on("message", look);
    });
  }

  #send(message: ToWorker): void {
    if (this.#process.connected) this.#process.send(message);
  }
}
