/**
 * The playground's world: the real library over the simulator, five nodes, three workers that want one lock, and a store
 * that they write to. What a visitor does is an action with a time, so that a link can play it again.
 */
import "../browser/set-immediate.ts";
import type { Lock, Redlock } from "@quorate/redlock";
import { Stage } from "../../../packages/testing/src/sim/stage.ts";

export interface Guards {
  /** A node that lost its memory is not counted for a while. */
  readonly restart: boolean;
  /** The store refuses a fencing token below the highest that it has seen. */
  readonly store: boolean;
  /** Workers stop when the lock's signal says that it is lost. */
  readonly signal: boolean;
}

export type Deed = "kill" | "start" | "empty" | "flush" | "cut" | "join" | "pause" | "slow" | "fast";

export interface Action {
  readonly atMs: number;
  readonly deed: Deed;
  /** Of a node, or of a worker for "pause". */
  readonly index: number;
}

/** One stay under the lock, as true time saw it. */
export interface Stay {
  readonly worker: number;
  readonly fromMs: number;
  /** Until when the worker itself would have said that it held; undefined: it still does. */
  untilMs: number | undefined;
  readonly fencingToken: number;
}

export interface Note {
  readonly atMs: number;
  readonly text: string;
  readonly isBad: boolean;
}

export const nodeCount = 5;
export const workerCount = 3;
const resource = "job";
const ttlMs = 2_000;
const pauseMs = 5_000;
const slowMs = 150;
const notesKept = 40;

interface Worker {
  readonly redlock: Redlock;
  readonly process: ReturnType<Stage["process"]>["process"];
  lock: Lock | undefined;
  stay: Stay | undefined;
  isWaiting: boolean;
}

export class PlayWorld {
  readonly stays: Stay[] = [];
  readonly notes: Note[] = [];
  readonly actions: Action[] = [];
  readonly workers: readonly Worker[];
  overlapMs = 0;
  lateWriteCount = 0;
  readonly #guards: Guards;
  readonly #stage: Stage;
  /** Of a link, in the order of their times: what is still to be done. */
  readonly #due: Action[];
  readonly #cuts = new Map<number, Disposable>();
  #slow: Disposable | undefined;
  #highestToken = 0;
  #wasOverlapping = false;

  /** `replay`: what somebody did in a run of the same seed and guards, to be done again at the same moments. */
  constructor(seed: number, guards: Guards, replay: readonly Action[] = []) {
    this.#guards = guards;
    this.#due = replay.toSorted((a, b) => a.atMs - b.atMs);
    this.#stage = new Stage({ nodes: nodeCount, seed, latency: { baseMs: 12, jitterMs: 8 } });
    const options = guards.restart ? {} : { restartGuardMs: 0 };
    this.workers = Array.from({ length: workerCount }, (_, index) => {
      const { process, redlock } = this.#stage.process(`worker ${"ABC"[index]}`, options);
      redlock.on("warning", () => {});
      return { process, redlock, lock: undefined, stay: undefined, isWaiting: false };
    });
    for (const [index, worker] of this.workers.entries()) this.#after(worker, 50 * index, () => void this.#work(index));
  }

  get nowMs(): number {
    return this.#stage.scheduler.nowMs;
  }

  /** What each node is: up, and whose key it has, if any. */
  nodes(): { readonly isUp: boolean; readonly isCut: boolean; readonly holder: number | undefined }[] {
    const keys = this.#stage.keysOf(resource);
    return this.#stage.servers.map((server, index) => {
      const token = server.isUp ? keys.get(index) : undefined;
      const holder = this.workers.findIndex(({ redlock, lock }) => redlock && lock?.token === token);
      return {
        isUp: server.isUp,
        isCut: this.#cuts.has(index),
        holder: token === undefined ? undefined : holder < 0 ? -1 : holder,
      };
    });
  }

  /** Lets so much true time pass. */
  async pass(durationMs: number): Promise<void> {
    const stepMs = 10;
    for (let passedMs = 0; passedMs < durationMs; passedMs += stepMs) {
      while (this.#due[0] !== undefined && this.#due[0].atMs <= this.nowMs) {
        const { deed, index } = this.#due.shift()!;
        this.act(deed, index);
      }
      await this.#stage.pass(stepMs);
      this.#look(stepMs);
    }
  }

  act(deed: Deed, index: number): void {
    this.actions.push({ atMs: Math.round(this.nowMs), deed, index });
    this.#do(deed, index);
  }

  #do(deed: Deed, index: number): void {
    const server = this.#stage.servers[index];
    const name = `node ${index + 1}`;
    switch (deed) {
      case "kill":
        server?.kill();
        return this.#note(`${name} is killed`);
      case "start":
        server?.restart("kept");
        return this.#note(`${name} is back, with its data`);
      case "empty":
        server?.restart("empty");
        return this.#note(`${name} restarts and has forgotten everything`);
      case "flush":
        server?.flushAll();
        return this.#note(`${name} is flushed`);
      case "cut":
        this.#cuts.get(index)?.[Symbol.dispose]();
        this.#cuts.set(index, this.#stage.network.partition([index]));
        return this.#note(`${name} is cut off`);
      case "join":
        this.#cuts.get(index)?.[Symbol.dispose]();
        this.#cuts.delete(index);
        return this.#note(`${name} is reachable again`);
      case "pause":
        this.workers[index]?.process.stopFor(pauseMs);
        return this.#note(`worker ${"ABC"[index]} stands still for ${pauseMs / 1_000} s`);
      case "slow":
        this.#slow ??= this.#stage.network.slow({ delayMs: slowMs });
        return this.#note(`every reply takes ${slowMs} ms longer`);
      case "fast":
        this.#slow?.[Symbol.dispose]();
        this.#slow = undefined;
        return this.#note("the network is fast again");
    }
  }

  async #work(index: number): Promise<void> {
    const worker = this.workers[index]!;
    for (;;) {
      worker.isWaiting = true;
      await worker.redlock
        .using(resource, ttlMs, { waitMs: Infinity }, (signal, lock) => this.#hold(index, signal, lock))
        .catch((error: Error) => this.#note(`worker ${"ABC"[index]}: ${error.message.split(".")[0]}`));
      this.#leave(worker);
      await this.#sleep(worker, 300);
    }
  }

  async #hold(index: number, signal: AbortSignal, lock: Lock): Promise<void> {
    const worker = this.workers[index]!;
    worker.isWaiting = false;
    worker.lock = lock;
    const fencingToken = lock.fencingToken ?? 0;
    worker.stay = { worker: index, fromMs: this.nowMs, untilMs: undefined, fencingToken };
    this.stays.push(worker.stay);
    await this.#sleep(worker, 900);
    if (this.#guards.signal && signal.aborted)
      return this.#note(`worker ${"ABC"[index]} sees that its lock was lost, and stops`);
    this.#write(index, fencingToken);
  }

  #write(index: number, token: number): void {
    const isLate = token < this.#highestToken;
    this.#highestToken = Math.max(this.#highestToken, token);
    if (!isLate) return;
    if (this.#guards.store) return this.#note(`the store refuses the late write of worker ${"ABC"[index]}`);
    this.lateWriteCount += 1;
    this.#note(`worker ${"ABC"[index]} writes late, over what a later holder wrote`, true);
  }

  /** Who would say now that it holds: two at once is what must never be. */
  #look(stepMs: number): void {
    const holders = this.workers.filter((worker) => worker.lock?.isHeld() === true);
    for (const worker of this.workers) if (worker.lock !== undefined && !worker.lock.isHeld()) this.#leave(worker);
    const isOverlapping = holders.length > 1;
    if (isOverlapping) this.overlapMs += stepMs;
    if (isOverlapping && !this.#wasOverlapping) this.#note("two workers hold the lock at once", true);
    this.#wasOverlapping = isOverlapping;
  }

  #leave(worker: Worker): void {
    if (worker.stay !== undefined) worker.stay.untilMs = this.nowMs;
    worker.stay = undefined;
    worker.lock = undefined;
  }

  #sleep(worker: Worker, durationMs: number): Promise<void> {
    return new Promise((resolve) => this.#after(worker, durationMs, resolve));
  }

  #after({ process }: { readonly process: Worker["process"] }, durationMs: number, callback: () => void): void {
    this.#stage.scheduler.after(durationMs, () => process.enter(callback));
  }

  #note(text: string, isBad = false): void {
    this.notes.push({ atMs: this.nowMs, text, isBad });
    if (this.notes.length > notesKept) this.notes.shift();
  }
}
