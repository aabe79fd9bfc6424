/**
 * Makes one state of all that differ only in the names of nodes, or of callers with equal programs: the one whose callers,
 * and then nodes, are sorted by their bytes.
 */
import type { Layout } from "./layout.ts";

export class Symmetry {
  readonly #layout: Layout;
  /** For each caller whose block it gets; the first leaves all as they are. */
  readonly #orders: readonly (readonly number[])[];
  /** Where a node names a token, + 1. */
  readonly #names: ((node: number) => number)[];
  readonly #known: Uint8Array;
  readonly #candidate: Uint8Array;

  constructor(layout: Layout, areCallersAlike: boolean) {
    this.#layout = layout;
    const callers = layout.shape.rounds.map((_, caller) => caller);
    const isAlike = (order: readonly number[]): boolean => order.every((from, to) => this.#isAlike(from, to));
    this.#orders = areCallersAlike ? permutations(callers).filter(isAlike) : [callers];
    this.#names = [layout.key];
    const { beside } = layout;
    for (let permit = 0; permit < (beside?.permits ?? 0); permit++) {
      this.#names.push((node) => beside!.latestHolder(node, permit));
    }
    this.#known = new Uint8Array(layout.size);
    this.#candidate = new Uint8Array(layout.size);
  }

  canonicalize(s: Uint8Array): void {
    if (this.#orders.length === 1) {
      this.#sortNodes(s);
      return;
    }
    this.#known.set(s);
    let isFirst = true;
    for (const order of this.#orders) {
      if (!this.#isSorted(this.#known, order)) continue;
      this.#rename(this.#known, order, this.#candidate);
      this.#sortNodes(this.#candidate);
      if (isFirst || isLess(this.#candidate, s)) s.set(this.#candidate);
      isFirst = false;
    }
  }

  #isSorted(s: Uint8Array, order: readonly number[]): boolean {
    const { callerStart, callerWidth } = this.#layout;
    for (let to = 1; to < order.length; to++) {
      const one = callerStart + order[to - 1]! * callerWidth;
      const other = callerStart + order[to]! * callerWidth;
      // Only callers with equal programs change places.
      if (!this.#isAlike(to - 1, to)) continue;
      let i = 0;
      while (i < callerWidth && s[one + i] === s[other + i]) i++;
      if (i < callerWidth && s[one + i]! > s[other + i]!) return false;
    }
    return true;
  }

  #isAlike(one: number, other: number): boolean {
    const { rounds, modes } = this.#layout.shape;
    return rounds[one] === rounds[other] && modes?.[one] === modes?.[other];
  }

  #rename(s: Uint8Array, order: readonly number[], target: Uint8Array): void {
    const at = this.#layout;
    const { nodes, attempts } = at.shape;
    target.set(s);
    for (const [to, from] of order.entries()) {
      if (to === from) continue;
      copy(s, at.callerStart + from * at.callerWidth, target, at.callerStart + to * at.callerWidth, at.callerWidth);
      for (let node = 0; node < nodes; node++) {
        const pairs = at.nodeStart + node * at.nodeWidth + at.callerPairStart;
        copy(s, pairs + from * at.callerPairWidth, target, pairs + to * at.callerPairWidth, at.callerPairWidth);
        for (const names of this.#names) {
          const holder = s[names(node)]! - 1;
          if (holder >= 0 && at.caller(holder) === from) target[names(node)] = holder + (to - from) * attempts + 1;
        }
      }
    }
  }

  #sortNodes(s: Uint8Array): void {
    const { nodeStart, nodeWidth, shape } = this.#layout;
    for (let last = shape.nodes - 1; last > 0; last--) {
      for (let node = 0; node < last; node++) {
        const start = nodeStart + node * nodeWidth;
        let i = 0;
        while (i < nodeWidth && s[start + i] === s[start + nodeWidth + i]) i++;
        if (i < nodeWidth && s[start + i]! > s[start + nodeWidth + i]!) swap(s, start, nodeWidth);
      }
    }
  }
}

function permutations(values: readonly number[]): number[][] {
  if (values.length <= 1) return [[...values]];
  return values.flatMap((first) =>
    permutations(values.filter((value) => value !== first)).map((rest) => [first, ...rest]),
  );
}

function isLess(one: Uint8Array, other: Uint8Array): boolean {
  let i = 0;
  while (i < one.length && one[i] === other[i]) i++;
  return i < one.length && one[i]! < other[i]!;
}

function copy(from: Uint8Array, fromStart: number, to: Uint8Array, toStart: number, width: number): void {
  for (let i = 0; i < width; i++) to[toStart + i] = from[fromStart + i]!;
}

function swap(s: Uint8Array, start: number, width: number): void {
  for (let i = start; i < start + width; i++) {
    const kept = s[i]!;
    s[i] = s[i + width]!;
    s[i + width] = kept;
  }
}
