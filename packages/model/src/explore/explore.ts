/** Breadth-first search through every state that can be reached, until a rule is broken or nothing is left. */
import { StateStore } from "./state-store.ts";

/** One step: the state it leads to, always in the same array, and what it is called in a story. */
export type Emit = (state: Uint8Array, describe: () => string) => void;

export interface Model {
  /** Bytes of a state. */
  readonly size: number;
  readonly initial: Uint8Array;
  /** Emits each step that is possible in `state`. */
  steps(state: Uint8Array, emit: Emit): void;
  /** Maps states that differ only in the names of nodes to one of them, in place. */
  canonicalize(state: Uint8Array): void;
  /** What rule this state breaks; `undefined`: none. */
  violation(state: Uint8Array): string | undefined;
}

export interface Exploration {
  readonly outcome: "complete" | "violation" | "unfinished";
  readonly stateCount: number;
  /** The broken rule, and the shortest way to it, one line a step. */
  readonly violation?: { readonly rule: string; readonly story: readonly string[] };
}

/** Explores at most `maxStates`: "unfinished" when there are more. */
export function explore(model: Model, maxStates: number): Exploration {
  const store = new StateStore(model.size);
  const current = new Uint8Array(model.size);
  const currentWords = new Uint32Array(current.buffer);
  const first = Uint8Array.from(model.initial);
  model.canonicalize(first);
  store.add(new Uint32Array(first.buffer), 0);
  let nextWords: Uint32Array = new Uint32Array(first.buffer);
  let broken: string | undefined;
  for (let index = 0; index < store.count; index++) {
    store.copyTo(index, currentWords);
    model.steps(current, (state) => {
      if (broken !== undefined) return;
      model.canonicalize(state);
      if (nextWords.buffer !== state.buffer) nextWords = new Uint32Array(state.buffer);
      if (!store.add(nextWords, index)) return;
      broken = model.violation(state);
    });
    if (broken !== undefined) {
      const story = storyTo(model, store, store.count - 1);
      return { outcome: "violation", stateCount: store.count, violation: { rule: broken, story } };
    }
    if (store.count > maxStates) return { outcome: "unfinished", stateCount: store.count };
  }
  return { outcome: "complete", stateCount: store.count };
}

/** Plays the way again: nodes change places in canonical states, so each step is found by the state it leads to. */
function storyTo(model: Model, store: StateStore, last: number): string[] {
  const path = [last];
  while (path[0] !== 0) path.unshift(store.parentOf(path[0]!));
  const wanted = new Uint8Array(model.size);
  const wantedWords = new Uint32Array(wanted.buffer);
  const played = Uint8Array.from(model.initial);
  const story: string[] = [];
  for (const index of path.slice(1)) {
    store.copyTo(index, wantedWords);
    let found: { readonly state: Uint8Array; readonly line: string } | undefined;
    model.steps(played, (state, describe) => {
      if (found !== undefined) return;
      const canonical = Uint8Array.from(state);
      model.canonicalize(canonical);
      if (canonical.every((byte, i) => byte === wanted[i])) found = { state: Uint8Array.from(state), line: describe() };
    });
    if (found === undefined) break;
    played.set(found.state);
    story.push(found.line);
  }
  return story;
}
