/**
 * The faults in force between callers and nodes, the same for both rigs: tests add faults, and a rig asks what becomes
 * of each message. Every fault is a guard, which heals at the end of its scope:
 *
 * ```ts
 * using cut = net.partition([0, 1]);
 * ```
 */
import { blackHole } from "./black-hole.ts";
import { halfOpen } from "./half-open.ts";
import { inWords } from "./in-words.ts";
import { latency, type LatencyOptions } from "./latency.ts";
import { lostReply, type LostReplyOptions } from "./lost-reply.ts";
import type { Message, Scope } from "./message.ts";
import { partition } from "./partition.ts";
import { resetConnections, type ResetOptions } from "./reset-connections.ts";
import { slice, type SliceOptions } from "./slice.ts";
import { slow, type SlowOptions } from "./slow.ts";
import { combine, type Fate, type Rule } from "./verdict.ts";

const untouched: Fate = { end: "deliver", delayMs: 0, pieceByteLength: undefined };

/** What a rule is about, for people who read a timeline. */
export interface FaultNote extends Pick<Scope, "nodes" | "peers"> {
  readonly text: string;
}

/** A node answered one of the lock's operations. */
export interface AnswerNote {
  readonly node: number;
  readonly peer: string;
  /** The first one, where several were answered at once. */
  readonly operation: string;
  readonly isGranted: boolean;
}

/** Holds the rules in force; one for a whole fleet or simulated world. */
export class Network {
  readonly #rules = new Map<Rule, FaultNote>();
  readonly #listeners = new Set<() => void>();
  readonly #random: () => number;
  #lastConnection = 0;
  /** For reports on real servers: told of each answer as it comes from the node, whatever becomes of it. */
  onAnswer: ((answer: AnswerNote) => void) | undefined;

  /** `random`: a number in [0, 1), for jitter. */
  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** Puts a rule in force until the guard is disposed of. Rules are asked in the order they were added. */
  addRule(rule: Rule, note: FaultNote = { text: "a rule" }): Disposable {
    this.#rules.set(rule, note);
    this.#announce();
    return {
      [Symbol.dispose]: () => {
        if (this.#rules.delete(rule)) this.#announce();
      },
    };
  }

  /** Ends every fault, whoever holds its guard. */
  heal(): void {
    this.#rules.clear();
    this.#announce();
  }

  /** See partition.ts: nothing gets through, and what was sent arrives after the healing. */
  partition(nodes: readonly number[], scope: Omit<Scope, "nodes"> = {}): Disposable {
    return this.addRule(partition({ ...scope, nodes }), noteOf("partition", { ...scope, nodes }));
  }

  /** See black-hole.ts: everything is swallowed, for good and without a word. */
  blackHole(nodes: readonly number[], scope: Omit<Scope, "nodes"> = {}): Disposable {
    return this.addRule(blackHole({ ...scope, nodes }), noteOf("black hole", { ...scope, nodes }));
  }

  /** See latency.ts: every message takes longer. */
  latency(options: LatencyOptions): Disposable {
    return this.addRule(latency(options, this.#random), noteOf("latency", options));
  }

  /** See slow.ts: every reply takes longer. */
  slow(options: SlowOptions): Disposable {
    return this.addRule(slow(options), noteOf("slow", options));
  }

  /** See lost-reply.ts: the request is carried out, its reply never arrives. */
  lostReply(options: LostReplyOptions = {}): Disposable {
    return this.addRule(lostReply(options), noteOf("lost replies", options));
  }

  /** See half-open.ts: today's connections fall silent, tomorrow's work. */
  halfOpen(scope: Scope = {}): Disposable {
    return this.addRule(halfOpen(scope, this.#lastConnection), noteOf("half open", scope));
  }

  /** See reset-connections.ts: each message breaks its connection. */
  reset(options: ResetOptions = {}): Disposable {
    return this.addRule(resetConnections(options), noteOf("resets", options));
  }

  /** See slice.ts: messages arrive in pieces. */
  slice(options: SliceOptions): Disposable {
    return this.addRule(slice(options), noteOf("slices", options));
  }

  /** For rigs: whether no rule is in force, so that there is nothing to ask. */
  get undisturbed(): boolean {
    return this.#rules.size === 0;
  }

  /** What is wrong now, oldest first. The same object for as long as the fault is in force. */
  get faults(): readonly FaultNote[] {
    return [...this.#rules.values()];
  }

  /** For rigs: what becomes of this message. */
  decide(message: Message): Fate {
    if (this.undisturbed) return untouched;
    return combine([...this.#rules.keys()].map((rule) => rule(message)));
  }

  /** For rigs: the number of a connection that is being made. */
  nextConnection(): number {
    this.#lastConnection += 1;
    return this.#lastConnection;
  }

  /** For rigs: called after each change of the rules, when held messages must be decided anew. */
  onChange(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  #announce(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

function noteOf(name: string, scope: Scope): FaultNote {
  const { nodes, peers } = scope;
  return { text: inWords(name, scope), ...(nodes && { nodes }), ...(peers && { peers }) };
}
