/**
 * Without a line everybody is called at once, and of those who ask at once each gets a part of the nodes. So they spread what
 * they ask over a while, and over twice as long after each time that nobody got a quorum.
 */
import { backOffMs } from "../core/back-off.ts";
import type { Runtime } from "../runtime/runtime.ts";

const LEAST_MS = 3;
const MOST_MS = 96;

export class Spread {
  readonly #runtime: Runtime;
  #splitCount = 0;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  widen(): this {
    this.#splitCount += 1;
    return this;
  }

  nextMs(): number {
    return backOffMs(this.#splitCount, LEAST_MS, MOST_MS, this.#runtime.random());
  }
}
