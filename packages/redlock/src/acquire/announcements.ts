/**
 * Release announcements: every node publishes when a lock key is released there. A waiter that was refused listens on
 * all nodes, waits until they confirm that they heard, and only then tries again: what was released in between is not
 * missed. Listening to a resource goes on for a moment after its last waiter, since the next one is often near.
 *
 * Whoever may publish can say anything here, so what is heard is a reason to ask and nothing else: a fencing token that
 * was believed would be passed on to every resource, and an hour ahead nobody could lock anything. That a release gave us
 * the key is believed of who knows our token, which only the nodes do; see core/standing.ts.
 */
import { quorumOf } from "../core/quorum.ts";
import type { Told } from "../core/standing.ts";
import type { Node } from "../node/node.ts";
import { releaseChannel } from "../node/operation.ts";
import type { Runtime, Timer } from "../runtime/runtime.ts";

const LINGER_MS = 1_000;

/** Whom a node calls, "" for everybody, and what it has given it. */
interface Announcement {
  readonly waiter: string;
  readonly told: Told | undefined;
  /** Of permits, the number that was freed. */
  readonly freed: number | undefined;
}

/** Never throws: whoever may publish can say anything. */
function readAnnouncement(message: string): Announcement {
  const [, waiter, fence, number, life = "", token = ""] =
    /^(\S+) (\d{1,16}) (\d{1,9}) (\S*) ([^]*)$/.exec(message) ?? [];
  if (waiter !== undefined) {
    return { waiter, told: { fence: Number(fence), number: Number(number), life, token }, freed: undefined };
  }
  const [called = "", slot = ""] = message.split(" ");
  return { waiter: called, told: undefined, freed: /^\d{1,4}$/.test(slot) ? Number(slot) : undefined };
}

/** One resource's channels on all nodes. */
class Topic {
  readonly watches: Set<ReleaseWatch> = new Set();
  readonly confirmed: boolean[];
  linger: Timer | undefined;
  readonly #unsubscribes: (() => void)[];

  constructor(nodes: readonly Node[], channels: readonly string[]) {
    this.confirmed = nodes.map(() => false);
    this.#unsubscribes = nodes.map((node, index) =>
      node.subscribe(channels, {
        onSubscribed: () => {
          this.confirmed[index] = true;
          for (const watch of [...this.watches]) watch.onConfirmed(index);
        },
        onNotice: (_channel, message) => {
          const { waiter, told, freed } = readAnnouncement(message);
          for (const watch of [...this.watches]) watch.onNotice(index, waiter, told, freed);
        },
      }),
    );
  }

  isHeardFrom(quorum: number): boolean {
    return this.confirmed.filter(Boolean).length >= quorum;
  }

  end(): void {
    this.linger?.cancel();
    for (const unsubscribe of this.#unsubscribes) unsubscribe();
  }
}

export class Announcements {
  readonly #nodes: readonly Node[];
  readonly #runtime: Runtime;
  readonly #topics = new Map<string, Topic>();
  /** The channel of this process is named so. */
  readonly #process: string;
  #waiterCount = 0;

  constructor(nodes: readonly Node[], runtime: Runtime) {
    this.#nodes = nodes;
    this.#runtime = runtime;
    this.#process = runtime.newToken();
  }

  newWaiter(): string {
    return `${this.#process}.${++this.#waiterCount}`;
  }

  /** Whether a quorum of nodes tells already. */
  isListening(keys: readonly string[]): boolean {
    const quorum = quorumOf(this.#nodes.length);
    return keys.every((key) => this.#topics.get(key)?.isHeardFrom(quorum) === true);
  }

  /** `waiter`: the name that a node calls when it is this waiter's turn. */
  watch(keys: readonly string[], waiter: string): ReleaseWatch {
    const topics = keys.map((key) => this.#topic(key));
    return new ReleaseWatch(topics, this.#nodes.length, waiter, () => this.#release(keys));
  }

  close(): void {
    for (const topic of this.#topics.values()) topic.end();
    this.#topics.clear();
  }

  #topic(key: string): Topic {
    let topic = this.#topics.get(key);
    if (topic === undefined) {
      const channels = [releaseChannel(key), releaseChannel(key, this.#process)];
      topic = new Topic(this.#nodes, channels);
      this.#topics.set(key, topic);
    }
    topic.linger?.cancel();
    topic.linger = undefined;
    return topic;
  }

  #release(keys: readonly string[]): void {
    for (const key of keys) {
      const topic = this.#topics.get(key);
      if (topic === undefined || topic.watches.size > 0) continue;
      topic.linger = this.#runtime.startTimer(LINGER_MS, () => {
        this.#topics.delete(key);
        topic.end();
      });
      topic.linger.keepProcessAlive(false);
    }
  }
}

/** What one waiter has heard since it last asked. */
export class ReleaseWatch {
  readonly #topics: readonly Topic[];
  readonly #quorum: number;
  readonly #waiter: string;
  readonly #onEnd: () => void;
  readonly #heard: boolean[];
  #wasNoticed = false;
  #onReady: (() => void) | undefined;
  #onNotice: (() => void) | undefined;
  #onCall: (() => void) | undefined;
  #onFreed: ((slot: number) => void) | undefined;
  #onGiven: ((node: number, told: Told) => void) | undefined;

  /** @internal */
  constructor(topics: readonly Topic[], nodeCount: number, waiter: string, onEnd: () => void) {
    this.#topics = topics;
    this.#quorum = quorumOf(nodeCount);
    this.#waiter = waiter;
    this.#onEnd = onEnd;
    this.#heard = Array.from({ length: nodeCount }, () => false);
    for (const topic of topics) topic.watches.add(this);
  }

  /** Whether a quorum of nodes has confirmed that it tells us. */
  get isReady(): boolean {
    return this.#topics.every((topic) => topic.isHeardFrom(this.#quorum));
  }

  /** Whether a quorum of nodes has called since `reset`: it is time to ask. */
  get isCalled(): boolean {
    return this.#heard.filter(Boolean).length >= this.#quorum;
  }

  /** Calls back once; only while not ready. */
  whenReady(callback: () => void): void {
    this.#onReady = callback;
  }

  /** Calls back once, at the call that makes a quorum. Only while not called. */
  whenCalled(callback: () => void): void {
    this.#onCall = callback;
  }

  /** Calls back once, when any node has called since `reset`. */
  whenNoticed(callback: () => void): void {
    if (this.#wasNoticed) callback();
    else this.#onNotice = callback;
  }

  /** Calls nobody back any more. */
  ignore(): void {
    this.#onCall = undefined;
    this.#onNotice = undefined;
  }

  /** To be called right before asking: what is announced from then on may be news to the answer. */
  reset(): void {
    this.#heard.fill(false);
    this.#wasNoticed = false;
  }

  /** A node that was free for us when it was asked has no release to announce. */
  noteFree(node: number): void {
    this.#hear(node);
  }

  end(): void {
    for (const topic of this.#topics) topic.watches.delete(this);
    this.#onEnd();
  }

  /** @internal A node that subscribes again may have announced meanwhile. */
  onConfirmed(node: number): void {
    this.#hear(node);
    if (this.#onReady === undefined || !this.isReady) return;
    const onReady = this.#onReady;
    this.#onReady = undefined;
    onReady();
  }

  /** Calls back whenever a node says that it has given this waiter the key. */
  whenGiven(callback: (node: number, told: Told) => void): void {
    this.#onGiven = callback;
  }

  /** Calls back whenever a node says which permit was freed. */
  whenFreed(callback: (slot: number) => void): void {
    this.#onFreed = callback;
  }

  /** @internal "" calls everybody. */
  onNotice(node: number, waiter: string, told?: Told, freed?: number): void {
    if (waiter !== "" && waiter !== this.#waiter) return;
    if (freed !== undefined) this.#onFreed?.(freed);
    if (told !== undefined) {
      this.#onGiven?.(node, told);
      return;
    }
    this.#wasNoticed = true;
    this.#onNotice?.();
    this.#onNotice = undefined;
    this.#hear(node);
  }

  #hear(node: number): void {
    this.#heard[node] = true;
    if (this.#onCall === undefined || !this.isCalled) return;
    const onCall = this.#onCall;
    this.#onCall = undefined;
    onCall();
  }
}
