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
import type { Node } from "../node/node.ts";
import { releaseChannel } from "../node/keys.ts";
import type { Runtime } from "../runtime/runtime.ts";

import { KeyChannels } from "./key-channels.ts";
import { ReleaseWatch } from "./release-watch.ts";

const LINGER_MS = 1_000;

export class Announcements {
  readonly #nodes: readonly Node[];
  readonly #runtime: Runtime;
  /** By lock key. While it is empty, nobody in this process waits, nor did a moment ago. */
  readonly topics: Map<string, KeyChannels> = new Map();
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
    return keys.every((key) => this.topics.get(key)?.isHeardFrom(quorum) === true);
  }

  /** `waiter`: the name that a node calls when it is this waiter's turn. */
  watch(keys: readonly string[], waiter: string): ReleaseWatch {
    const topics = keys.map((key) => this.#topic(key));
    return new ReleaseWatch(topics, this.#nodes.length, waiter, () => this.#release(keys));
  }

  close(): void {
    for (const topic of this.topics.values()) topic.end();
    this.topics.clear();
  }

  #topic(key: string): KeyChannels {
    let topic = this.topics.get(key);
    if (topic === undefined) {
      const channels = [releaseChannel(key), releaseChannel(key, this.#process)];
      topic = new KeyChannels(this.#nodes, channels);
      this.topics.set(key, topic);
    }
    topic.linger?.cancel();
    topic.linger = undefined;
    return topic;
  }

  #release(keys: readonly string[]): void {
    for (const key of keys) {
      const topic = this.topics.get(key);
      if (topic === undefined || topic.watches.size > 0) continue;
      topic.linger = this.#runtime.startTimer(LINGER_MS, () => {
        this.topics.delete(key);
        topic.end();
      });
      topic.linger.keepProcessAlive(false);
    }
  }
}
