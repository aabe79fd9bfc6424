/**
 * Where each fact stands in a state's bytes: first what callers know, then one block for each node, with all that this
 * node stores and all that is under way between it and the callers. Blocks of two nodes can change places: the nodes are
 * alike.
 *
 * Rounds of an attempt are numbered from 0; where a byte tells a round, it is the number + 1, and 0 is "none". What is only
 * of use where callers hold together with others is there only with modes; see beside-layout.ts.
 */
import { BesideLayout, type Mode } from "./beside-layout.ts";

export interface Shape {
  readonly nodes: number;
  /** Tokens of each caller, one after another. */
  readonly attempts: number;
  /** For each caller, the most rounds of one attempt: asking, asking again, extending. */
  readonly rounds: readonly number[];
  /** Fencing tokens are 1 to this. */
  readonly highestFence: number;
  /** How often a node loses its memory, all together. */
  readonly losses: number;
  /** For each caller, how it holds; all exclusively where not told. */
  readonly modes?: readonly Mode[];
  /** How many permits there are. */
  readonly permits?: number;
  /** At how many of their numbers a try may begin; at any where not told. */
  readonly starts?: number;
}

export const Phase = { idle: 0, trying: 1, held: 2, lost: 3, ended: 4 } as const;

/** Whether the caller still wants the lock, or believes that it holds it. */
export function isPending(phase: number): boolean {
  return phase === Phase.trying || phase === Phase.held;
}

/** What a node's answer to a round says, until it is heard; the last two are what the caller made of it. */
export const Answer = { none: 0, held: 1, granted: 2, confirmed: 3, lost: 4, original: 5, doubtful: 6 } as const;

const FLEET_BYTES = 3;
const CALLER_BYTES = 8;
const NODE_BYTES = 7;
const PAIR_BYTES = 13;

export class Layout {
  readonly shape: Shape;
  readonly tokens: number;
  /** The most rounds of any attempt. */
  readonly mostRounds: number;
  readonly size: number;
  /** What is told only of those who hold together with others. */
  readonly beside: BesideLayout | undefined;
  readonly nodeStart: number;
  readonly nodeWidth: number;
  /** What a caller knows of all its attempts, and what of them lies within a node's block. */
  readonly callerStart: number;
  readonly callerWidth: number;
  readonly callerPairStart: number;
  readonly callerPairWidth: number;
  readonly lastWon = 0;
  readonly lossesLeft = 1;
  /** Whether a lock was won under a fencing token that was not above every earlier holder's. */
  readonly orderBroken = 2;
  readonly #tokenWidth: number;
  readonly #pairWidth: number;

  constructor(shape: Shape) {
    this.shape = shape;
    this.tokens = shape.rounds.length * shape.attempts;
    this.mostRounds = Math.max(...shape.rounds);
    const added = shape.modes ? BesideLayout.widths(shape.permits ?? 0) : { all: 0, token: 0, node: 0, pair: 0 };
    const [tokenBytes, pairBytes] = [CALLER_BYTES + this.mostRounds, PAIR_BYTES + 2 * this.mostRounds];
    this.#tokenWidth = tokenBytes + added.token;
    this.#pairWidth = pairBytes + added.pair;
    this.callerStart = FLEET_BYTES + added.all;
    this.callerPairStart = NODE_BYTES + added.node;
    this.callerWidth = shape.attempts * this.#tokenWidth;
    this.callerPairWidth = shape.attempts * this.#pairWidth;
    this.nodeStart = this.callerStart + this.tokens * this.#tokenWidth;
    this.nodeWidth = this.callerPairStart + this.tokens * this.#pairWidth;
    if (shape.modes) {
      this.beside = new BesideLayout(shape.permits ?? 0, {
        all: FLEET_BYTES,
        token: (token) => this.#token(token) + tokenBytes,
        node: (node) => this.#node(node) + NODE_BYTES,
        pair: (token, node) => this.#pair(token, node) + pairBytes,
      });
    }
    // States are compared four bytes at a time.
    this.size = Math.ceil((this.nodeStart + shape.nodes * this.nodeWidth) / 4) * 4;
  }

  caller = (token: number): number => Math.floor(token / this.shape.attempts);
  /** How the caller asks for it. */
  mode = (token: number): Mode => this.shape.modes?.[this.caller(token)] ?? "exclusive";
  // What a caller knows of its attempt.
  #token = (token: number): number => this.callerStart + token * this.#tokenWidth;
  phase = (token: number): number => this.#token(token);
  /** How many rounds were sent. */
  sent = (token: number): number => this.#token(token) + 1;
  /** How many of them asked; the others extend. */
  asked = (token: number): number => this.#token(token) + 2;
  /** How many of them are over, as the caller counts a whole TTL, or a claim, from before it sent. */
  fullOver = (token: number): number => this.#token(token) + 3;
  claimOver = (token: number): number => this.#token(token) + 4;
  /** The fencing token under which it won. */
  wonFence = (token: number): number => this.#token(token) + 5;
  /** The fencing token that its end proposes for the next holder. */
  nextFence = (token: number): number => this.#token(token) + 6;
  rolledBack = (token: number): number => this.#token(token) + 7;
  fence = (token: number, round: number): number => this.#token(token) + CALLER_BYTES + round;

  // What a node stores.
  #node = (node: number): number => this.nodeStart + node * this.nodeWidth;
  /** The token in the lock key + 1. */
  key = (node: number): number => this.#node(node);
  /** The latest round that gave the key a whole TTL, or a claim. */
  keyFull = (node: number): number => this.#node(node) + 1;
  keyClaim = (node: number): number => this.#node(node) + 2;
  nodeFence = (node: number): number => this.#node(node) + 3;
  buried = (node: number): number => this.#node(node) + 4;
  life = (node: number): number => this.#node(node) + 5;
  isOld = (node: number): number => this.#node(node) + 6;

  // Between an attempt and a node.
  #pair = (token: number, node: number): number => this.#node(node) + this.callerPairStart + token * this.#pairWidth;
  /** The round that made or renewed the place in line. */
  place = (token: number, node: number): number => this.#pair(token, node);
  /** How many rounds had been sent when the node last lost its memory. */
  sentAtLoss = (token: number, node: number): number => this.#pair(token, node) + 1;
  /** The latest round that the caller counts the node by. */
  countFull = (token: number, node: number): number => this.#pair(token, node) + 2;
  countClaim = (token: number, node: number): number => this.#pair(token, node) + 3;
  countFence = (token: number, node: number): number => this.#pair(token, node) + 4;
  isDoubtful = (token: number, node: number): number => this.#pair(token, node) + 5;
  admittedLife = (token: number, node: number): number => this.#pair(token, node) + 6;
  /** What an answer told of the node: its life * 2 + whether it is old, + 1. */
  known = (token: number, node: number): number => this.#pair(token, node) + 7;
  /** The round behind which a heal was sent. */
  healed = (token: number, node: number): number => this.#pair(token, node) + 8;
  finished = (token: number, node: number): number => this.#pair(token, node) + 9;
  /** A hand-over that the waiter has not heard of yet: round, fencing token, life. */
  toldRound = (token: number, node: number): number => this.#pair(token, node) + 10;
  toldFence = (token: number, node: number): number => this.#pair(token, node) + 11;
  toldLife = (token: number, node: number): number => this.#pair(token, node) + 12;
  /** All that is between an attempt and a node and of no use once the attempt has ended, but for answers. */
  readonly heardOf: readonly ((token: number, node: number) => number)[] = [
    this.sentAtLoss,
    this.countFull,
    this.countClaim,
    this.countFence,
    this.isDoubtful,
    this.admittedLife,
    this.known,
    this.toldRound,
    this.toldFence,
    this.toldLife,
  ];
  /** An answer: its kind + 8 * life + 64 * whether the memory was old. */
  answer = (token: number, node: number, round: number): number => this.#pair(token, node) + PAIR_BYTES + 2 * round;
  answerFence = (token: number, node: number, round: number): number => this.answer(token, node, round) + 1;
}
