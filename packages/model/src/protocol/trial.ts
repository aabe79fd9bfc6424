/** Tries a step on a copy of a state, and emits what it leads to. */
import type { Emit } from "../explore/explore.ts";

/** Changes the state in place; `false`: it is not possible. */
export type Step = (state: Uint8Array) => boolean | void;

export class Trial {
  readonly #next: Uint8Array;

  constructor(size: number) {
    this.#next = new Uint8Array(size);
  }

  try(state: Uint8Array, emit: Emit, step: Step, describe: () => string): void {
    this.#next.set(state);
    if (step(this.#next) !== false && !this.#isUnchanged(state)) emit(this.#next, describe);
  }

  /** Most of what is repeated changes nothing: no state to be looked up. */
  #isUnchanged(state: Uint8Array): boolean {
    const next = this.#next;
    for (let i = 0; i < next.length; i++) if (next[i] !== state[i]) return false;
    return true;
  }
}
