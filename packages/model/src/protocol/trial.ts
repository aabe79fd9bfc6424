/** Tries steps on a copy of a state, and emits what each leads to. */
import type { Emit } from "../explore/explore.ts";

/** Changes the state in place; `false`: it is not possible, and nothing was changed. */
export type Step = (state: Uint8Array) => boolean | void;

export class Trial {
  readonly #next: Uint8Array;
  readonly #nextWords: Uint32Array;
  #state: Uint32Array = new Uint32Array();
  #emit: Emit = () => {};

  /** `size`: bytes of a state, a multiple of four. */
  constructor(size: number) {
    this.#next = new Uint8Array(size);
    this.#nextWords = new Uint32Array(this.#next.buffer);
  }

  /** The state that the next steps are tried in, until this is called again. It must not change meanwhile. */
  begin(state: Uint8Array, emit: Emit): void {
    if (this.#state.buffer !== state.buffer) this.#state = new Uint32Array(state.buffer);
    this.#emit = emit;
    this.#reset();
  }

  /** Most of what is repeated changes nothing: then there is no state to look up, and the copy is still good. */
  try(step: Step, describe: () => string): void {
    if (step(this.#next) === false || !this.#isChanged()) return;
    this.#emit(this.#next, describe);
    this.#reset();
  }

  #isChanged(): boolean {
    const next = this.#nextWords;
    const state = this.#state;
    for (let i = 0; i < next.length; i++) if (next[i] !== state[i]) return true;
    return false;
  }

  #reset(): void {
    const next = this.#nextWords;
    const state = this.#state;
    for (let i = 0; i < next.length; i++) next[i] = state[i]!;
  }
}
