/** What is going on at this moment, gathered from what the workers tell; any view can show it. */
import type { Fleet } from "@quorate/testing";
import type { FromWorker } from "./messages.ts";
import type { Store } from "./store.ts";

export interface Line {
  readonly atMs: number;
  readonly text: string;
}

export type NodeStatus =
  | { readonly kind: "up" }
  | { readonly kind: "down" }
  /** The restart guard does not count its votes yet. */
  | { readonly kind: "kept out"; readonly forMs: number };

const rateWindowMs = 1_000;

export class Scene {
  readonly fleet: Fleet;
  readonly store: Store;
  readonly #startedAtMs = performance.now();
  readonly #keptOutUntilMs = new Map<number, number>();
  readonly #handOffsAtMs: number[] = [];
  readonly #onLine: (line: Line) => void;
  readonly lines: Line[] = [];
  holder: string | undefined;
  /** The newest; 0 before the first. */
  fencingToken = 0;
  sectionCount = 0;
  extendCount = 0;
  #lastHolder: string | undefined;

  constructor(fleet: Fleet, store: Store, onLine: (line: Line) => void) {
    this.fleet = fleet;
    this.store = store;
    this.#onLine = onLine;
  }

  get elapsedMs(): number {
    return performance.now() - this.#startedAtMs;
  }

  /** Something that people should know of. */
  say(text: string): void {
    const line = { atMs: this.elapsedMs, text };
    this.lines.push(line);
    this.#onLine(line);
  }

  /** How often the lock went from one worker to another in the last second. */
  get handOffsPerSecond(): number {
    const sinceMs = performance.now() - rateWindowMs;
    while (this.#handOffsAtMs[0] !== undefined && this.#handOffsAtMs[0] < sinceMs) this.#handOffsAtMs.shift();
    return this.#handOffsAtMs.length;
  }

  statusOf(node: number): NodeStatus {
    if (!this.fleet.node(node).running) return { kind: "down" };
    const forMs = (this.#keptOutUntilMs.get(node) ?? 0) - performance.now();
    return forMs > 0 ? { kind: "kept out", forMs } : { kind: "up" };
  }

  note(worker: string, message: FromWorker): void {
    switch (message.kind) {
      case "entered":
        // Workers tell on separate channels: what is older than what is known came late.
        if (message.fencingToken < this.fencingToken) break;
        if (this.#lastHolder !== worker) this.#handOffsAtMs.push(performance.now());
        this.#lastHolder = worker;
        this.holder = worker;
        this.fencingToken = message.fencingToken;
        break;
      case "left":
        this.sectionCount++;
        if (this.holder === worker) this.holder = undefined;
        break;
      case "extended":
        this.extendCount++;
        break;
      case "lost":
        if (this.holder === worker) this.holder = undefined;
        this.say(`${worker} was told that its lock is lost`);
        break;
      case "kept-out":
        this.#noteQuarantine(message.node, message.forMs);
        break;
      case "failed":
        this.say(`${worker}: ${message.message}`);
        break;
      case "ask":
      case "leaving":
      case "recorded":
      case "finished":
    }
  }

  #noteQuarantine(name: string, forMs: number): void {
    const node = this.fleet.servers.findIndex((server) => name.endsWith(`:${server.port}`));
    this.#keptOutUntilMs.set(node, performance.now() + forMs);
  }
}
