/**
 * What a state tells beside layout.ts where callers share, or have some of K permits. Numbers of permits are from 0; where
 * a byte tells which, it is a set of bits.
 */
export type Mode = "exclusive" | "shared" | "permits";

/** The first of the bytes that are added: of all, of an attempt, of a node, and of both together. */
export interface Added {
  readonly all: number;
  token(token: number): number;
  node(node: number): number;
  pair(token: number, node: number): number;
}

/** In the lock key of a node, where nobody alone holds it: above every token + 1. */
export const Marker = { shared: 254, permits: 255 } as const;

export class BesideLayout {
  readonly permits: number;
  readonly #added: Added;

  constructor(permits: number, added: Added) {
    this.permits = permits;
    this.#added = added;
  }

  /** How many bytes are added. */
  static widths(permits: number): {
    readonly all: number;
    readonly token: number;
    readonly node: number;
    readonly pair: number;
  } {
    return { all: 1 + permits, token: 3, node: 1 + 2 * permits, pair: 4 };
  }

  /** The highest fencing token under which somebody shared, and had a permit. */
  lastShared = (): number => this.#added.all;
  lastOf = (permit: number): number => this.#added.all + 1 + permit;

  /** The round + 1 from which on its rounds share; 0: it never called `share()`. */
  sharedFrom = (token: number): number => this.#added.token(token);
  /** At which number a try for permits begins. */
  start = (token: number): number => this.#added.token(token) + 1;
  /** Which numbers it won. */
  won = (token: number): number => this.#added.token(token) + 2;

  /** The highest fencing token when this period of holding together began. */
  base = (node: number): number => this.#added.node(node);
  /** Of each number the highest fencing token it was given under, and its latest holder + 1. */
  latest = (node: number, permit: number): number => this.#added.node(node) + 1 + 2 * permit;
  latestHolder = (node: number, permit: number): number => this.#added.node(node) + 2 + 2 * permit;

  /** The round + 1 that lengthened its hold last; 0: it has none. */
  hold = (token: number, node: number): number => this.#added.pair(token, node);
  /** Whether the node has buried the token itself. */
  isBuried = (token: number, node: number): number => this.#added.pair(token, node) + 1;
  /** Whether the end of the attempt asks for that. */
  buries = (token: number, node: number): number => this.#added.pair(token, node) + 2;
  /** Of which rounds that asked the caller has heard: those run no more. A set of bits. */
  heard = (token: number, node: number): number => this.#added.pair(token, node) + 3;
}
