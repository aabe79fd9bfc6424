/**
 * Release announcements of one node, on a connection of their own: made when first asked for, dropped when nobody has
 * listened for a while. It is a duplicate of the node's client with our own settings, and subscribes again by itself
 * after a reconnect, because only then is it known when all channels are heard again.
 */
import type { NoticeListener } from "../node.ts";
import type { Runtime, Timer } from "../../runtime/runtime.ts";
import { ClientEvents } from "./client-events.ts";
import type { IoredisClient, IoredisSubscriber } from "./client.ts";
import { safeSettings } from "./safe-settings.ts";

/** Waiters come and go in bursts; a connection per burst would cost more than keeping one. */
const idleMs = 5000;

interface Subscription {
  readonly channels: readonly string[];
  readonly listener: NoticeListener;
}

export class SubscriberConnection {
  readonly #client: IoredisClient;
  readonly #runtime: Runtime;
  /** ioredis does not prefix channels; the script publishes on the prefixed lock key's. */
  readonly #prefix: string;
  readonly #subscriptions = new Map<string, Set<Subscription>>();
  readonly #confirmed = new Set<string>();
  #subscriber: IoredisSubscriber | undefined;
  #idle: Timer | undefined;

  constructor(client: IoredisClient, runtime: Runtime, prefix: string) {
    this.#client = client;
    this.#runtime = runtime;
    this.#prefix = prefix;
  }

  subscribe(channels: readonly string[], listener: NoticeListener): () => void {
    const subscription: Subscription = { channels: channels.map((channel) => this.#prefix + channel), listener };
    this.#idle?.cancel();
    this.#idle = undefined;
    this.#subscriber ??= this.#connect();
    const added: string[] = [];
    for (const channel of subscription.channels) {
      const listening = this.#subscriptions.get(channel);
      if (listening === undefined) {
        this.#subscriptions.set(channel, new Set([subscription]));
        added.push(channel);
      } else {
        listening.add(subscription);
      }
    }
    this.#ask(added);
    if (added.length === 0) this.#runtime.defer(() => this.#tellIfComplete(subscription));
    return () => this.#unsubscribe(subscription);
  }

  close(): void {
    this.#subscriptions.clear();
    this.#drop();
  }

  #unsubscribe(subscription: Subscription): void {
    const silent: string[] = [];
    for (const channel of subscription.channels) {
      const listening = this.#subscriptions.get(channel);
      if (listening === undefined || !listening.delete(subscription) || listening.size > 0) continue;
      this.#subscriptions.delete(channel);
      this.#confirmed.delete(channel);
      silent.push(channel);
    }
    const subscriber = this.#subscriber;
    if (subscriber === undefined) return;
    if (silent.length > 0 && subscriber.status === "ready") subscriber.unsubscribe(...silent).catch(() => {});
    if (this.#subscriptions.size > 0 || this.#idle !== undefined) return;
    this.#idle = this.#runtime.startTimer(idleMs, () => this.#drop());
    this.#idle.keepProcessAlive(false);
  }

  #connect(): IoredisSubscriber {
    const own = { ...safeSettings(this.#runtime), keyPrefix: "", autoResubscribe: false, lazyConnect: true };
    // A Cluster carries its subscriptions over to another node itself, and cannot be told otherwise.
    const duplicate = this.#client.isCluster
      ? this.#client.duplicate([], { keyPrefix: "", lazyConnect: true })
      : this.#client.duplicate(own);
    const subscriber = duplicate as IoredisSubscriber;
    subscriber.on("message", (channel, message) => this.#onMessage(String(channel), String(message)));
    new ClientEvents(subscriber, {
      onReady: () => this.#ask([...this.#subscriptions.keys()]),
      onDown: () => this.#confirmed.clear(),
    }).start();
    return subscriber;
  }

  #ask(channels: readonly string[]): void {
    const subscriber = this.#subscriber;
    if (channels.length === 0 || subscriber?.status !== "ready") return;
    subscriber.subscribe(...channels).then(
      () => this.#onConfirmed(channels),
      // The connection broke, and asks for all channels again when it is back; or the user may not subscribe.
      () => {},
    );
  }

  #onConfirmed(channels: readonly string[]): void {
    const completed = new Set<Subscription>();
    for (const channel of channels) {
      const listening = this.#subscriptions.get(channel);
      if (listening === undefined) continue;
      this.#confirmed.add(channel);
      for (const subscription of listening) completed.add(subscription);
    }
    for (const subscription of completed) this.#tellIfComplete(subscription);
  }

  #tellIfComplete(subscription: Subscription): void {
    const isHeard = (channel: string): boolean =>
      this.#confirmed.has(channel) && this.#subscriptions.get(channel)?.has(subscription) === true;
    if (subscription.channels.every(isHeard)) subscription.listener.onSubscribed();
  }

  #onMessage(channel: string, message: string): void {
    const heard = channel.slice(this.#prefix.length);
    for (const { listener } of this.#subscriptions.get(channel) ?? []) listener.onNotice(heard, message);
  }

  #drop(): void {
    this.#idle?.cancel();
    this.#idle = undefined;
    this.#confirmed.clear();
    this.#subscriber?.disconnect();
    this.#subscriber = undefined;
  }
}
