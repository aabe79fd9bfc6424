/**
 * A listening connection of its own for one node, made like its client but with our settings. It subscribes again by
 * itself after a reconnect, because only then is it known when all channels are heard again.
 *
 * A Cluster's own way of listening moves to another server without a word. So of a Cluster any one server is listened to,
 * for each hears what is published on any; when the connection is lost, another one is chosen.
 */
import type { Runtime, Timer } from "../../runtime/runtime.ts";
import type { Listening, ListeningEvents } from "../topics.ts";
import { AnswerWatch } from "./answer-watch.ts";
import type { IoredisClient, IoredisCluster, IoredisSubscriber } from "./client.ts";
import { safeSettings } from "./safe-settings.ts";
import { connectIfWaiting, watchClient } from "./watch-client.ts";

/** Before another server of a Cluster is tried. */
const chooseAgainAfterMs = 250;

export function listen(client: IoredisClient, runtime: Runtime, events: ListeningEvents): Listening {
  return client.isCluster
    ? new ClusterSubscriber(client as IoredisCluster, runtime, events)
    : new Subscriber(client, runtime, events, {});
}

class Subscriber implements Listening {
  readonly #subscriber: IoredisSubscriber;
  readonly #watch: AnswerWatch;
  readonly #asked = new Set<object>();

  constructor(client: IoredisClient, runtime: Runtime, events: ListeningEvents, settings: object) {
    const own = { keyPrefix: "", autoResubscribe: false, lazyConnect: true, readOnly: false };
    const subscriber = client.duplicate({ ...safeSettings(runtime), ...own, ...settings }) as IoredisSubscriber;
    this.#subscriber = subscriber;
    this.#watch = new AnswerWatch(runtime, subscriber, () => this.#asked.values().next().value);
    subscriber.on("message", (channel, message) => events.onMessage(String(channel), String(message)));
    watchClient(subscriber)({ ready: () => events.onReady(), gone: () => events.onDown(), failed: () => {} });
    connectIfWaiting(subscriber);
  }

  async subscribe(channels: readonly string[]): Promise<void> {
    const asked = {};
    this.#asked.add(asked);
    this.#watch.start();
    try {
      await this.#subscriber.subscribe(...channels);
    } finally {
      this.#asked.delete(asked);
    }
  }

  async unsubscribe(channels: readonly string[]): Promise<void> {
    await this.#subscriber.unsubscribe(...channels);
  }

  close(): void {
    this.#watch.stop();
    this.#subscriber.disconnect();
  }
}

class ClusterSubscriber implements Listening {
  readonly #cluster: IoredisCluster;
  readonly #runtime: Runtime;
  readonly #events: ListeningEvents;
  #member: Subscriber | undefined;
  #choosing: Timer | undefined;
  #isClosed = false;

  constructor(cluster: IoredisCluster, runtime: Runtime, events: ListeningEvents) {
    this.#cluster = cluster;
    this.#runtime = runtime;
    this.#events = events;
    this.#choose();
  }

  async subscribe(channels: readonly string[]): Promise<void> {
    if (this.#member === undefined) throw new Error("no server of the Cluster is connected");
    await this.#member.subscribe(channels);
  }

  async unsubscribe(channels: readonly string[]): Promise<void> {
    await this.#member?.unsubscribe(channels);
  }

  close(): void {
    this.#isClosed = true;
    this.#choosing?.cancel();
    this.#member?.close();
  }

  #choose(): void {
    const members = this.#cluster.nodes();
    const client = members[Math.floor(this.#runtime.random() * members.length)];
    if (client === undefined) {
      this.#chooseLater();
      return;
    }
    const member: Subscriber = new Subscriber(
      client,
      this.#runtime,
      { ...this.#events, onDown: () => this.#lost(member) },
      { retryStrategy: () => null },
    );
    this.#member = member;
  }

  #lost(member: Subscriber): void {
    if (this.#member !== member || this.#isClosed) return;
    this.#member = undefined;
    member.close();
    this.#events.onDown();
    this.#chooseLater();
  }

  #chooseLater(): void {
    this.#choosing = this.#runtime.startTimer(chooseAgainAfterMs, () => this.#choose());
    this.#choosing.keepProcessAlive(false);
  }
}
