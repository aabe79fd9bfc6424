/** What one waiter has heard since it last asked. */
import { quorumOf } from "../core/quorum.ts";
import type { Told } from "../core/standing.ts";
import type { KeyChannels } from "./key-channels.ts";

export class ReleaseWatch {
  readonly #topics: readonly KeyChannels[];
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
  constructor(topics: readonly KeyChannels[], nodeCount: number, waiter: string, onEnd: () => void) {
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
