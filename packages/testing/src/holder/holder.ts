/**
 * A lock that is held by a process of its own, so that SIGKILL and SIGSTOP hit the real thing: its timers, its
 * connections, and the library in it.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import type { HistoryEvent } from "../history/event.ts";
import type { HolderLine, HolderOrder, HolderView } from "./line.ts";

/** From this file's place in src/ and in dist/ alike: a process of its own needs what was built. */
const workerPath = fileURLToPath(new URL("../../dist/holder/worker.js", import.meta.url));

/** Told of everything that the holder's process does, and of what is done to it. */
export interface HolderListener {
  onEvent(event: HistoryEvent): void;
  onState(state: "running" | "paused" | "down"): void;
}

/** A process that holds a lock, from `startHolder` on. */
export class Holder {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #listener: HolderListener;
  readonly #waiting: ((line: HolderLine) => void)[] = [];
  readonly #exited: Promise<void>;
  #hasEnded = false;

  /** For `startHolder`. */
  constructor(order: HolderOrder, listener: HolderListener) {
    this.name = order.name;
    this.#listener = listener;
    this.#child = spawn(process.execPath, [workerPath, JSON.stringify(order)], { stdio: ["pipe", "pipe", "inherit"] });
    // A holder that is killed while it is told something must not take its test along.
    this.#child.stdin?.on("error", () => undefined);
    this.#exited = this.#whenGone();
    const lines = createInterface({ input: this.#child.stdout! });
    lines.on("line", (text) => this.#hear(JSON.parse(text) as HolderLine));
    process.once("exit", this.#killAtExit);
    void this.#exited.then(() => process.off("exit", this.#killAtExit));
  }

  /** Throws when it was killed, or could not be started. */
  get pid(): number {
    if (this.#child.pid === undefined || this.#hasEnded) throw new Error(this.#ending.failed);
    return this.#child.pid;
  }

  /** What it believes now; of a paused one: what it believes first when it runs again. */
  look(): Promise<HolderView> {
    return this.#ask("look", (line) => ("view" in line ? line.view : undefined));
  }

  /** Asks it to release and to end; resolves with how the release ended. */
  async release(): Promise<string> {
    const released = await this.#ask("release", (line) => ("released" in line ? line.released : undefined));
    await this.#exited;
    return released;
  }

  /** SIGSTOP; resolves when the process really stands still. */
  async pause(): Promise<void> {
    this.#child.kill("SIGSTOP");
    while (process.platform === "linux" && !standsStill(this.pid)) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#listener.onState("paused");
  }

  /** SIGCONT. */
  resume(): void {
    this.#child.kill("SIGCONT");
    this.#listener.onState("running");
  }

  /** SIGKILL, paused or not; resolves when the process is gone. */
  async kill(): Promise<void> {
    if (this.#hasEnded) return;
    this.#child.kill("SIGKILL");
    await this.#exited;
    this.#listener.onState("down");
  }

  /** Resolves when it holds; rejects with its error. For `startHolder`. */
  whenHeld(): Promise<HolderView> {
    return this.#next((line) => ("view" in line ? line.view : undefined));
  }

  get #ending(): { readonly failed: string } {
    return { failed: `the process of ${this.name} has ended` };
  }

  readonly #killAtExit = (): void => void this.#child.kill("SIGKILL");

  async #whenGone(): Promise<void> {
    await once(this.#child, "close");
    this.#hasEnded = true;
    this.#answer(this.#ending);
  }

  #ask<Result>(word: string, read: (line: HolderLine) => Result | undefined): Promise<Result> {
    if (this.#hasEnded) return Promise.reject(new Error(this.#ending.failed));
    const answer = this.#next(read);
    this.#child.stdin?.write(`${word}\n`);
    return answer;
  }

  #next<Result>(read: (line: HolderLine) => Result | undefined): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push((line) => {
        const result = read(line);
        if (result !== undefined) resolve(result);
        else reject(new Error("failed" in line ? line.failed : `not expected: ${JSON.stringify(line)}`));
      });
    });
  }

  #hear(line: HolderLine): void {
    if ("event" in line) this.#listener.onEvent(line.event);
    else this.#answer(line);
  }

  /** Answers come in the order asked; an end answers everybody. */
  #answer(line: HolderLine): void {
    const count = "failed" in line ? this.#waiting.length : 1;
    for (const tell of this.#waiting.splice(0, count)) tell(line);
  }
}

function standsStill(pid: number): boolean {
  const status = readFileSync(`/proc/${pid}/stat`, "utf8");
  return status.slice(status.lastIndexOf(")") + 2).startsWith("T");
}

/** How a holder takes its lock. */
export interface HolderOptions {
  /** @default true */
  readonly autoExtend?: boolean;
  /** @default 0, which is off */
  readonly restartGuardMs?: number;
  /**
   * How long it waits for the lock.
   * @default 10 000
   */
  readonly waitMs?: number;
  /** How long a round waits for a node; by default as for any `Redlock`. */
  readonly nodeTimeoutMs?: number;
  /**
   * How it holds it: with others who share it, with one of so many permits, or as the leader who is elected.
   * @default alone
   */
  readonly hold?: NonNullable<HolderOrder["hold"]>;
}

/** Resolves when the process holds the lock; rejects with what kept it from that. */
export async function startHolder(
  order: Pick<HolderOrder, "name" | "urls" | "resources" | "ttlMs"> & HolderOptions,
  listener: HolderListener = { onEvent: () => undefined, onState: () => undefined },
): Promise<Holder> {
  const holder = new Holder({ autoExtend: true, restartGuardMs: 0, waitMs: 10_000, ...order }, listener);
  await holder.whenHeld();
  return holder;
}
