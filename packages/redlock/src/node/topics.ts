/**
 * Who listens to which channels of one node, over any client that can subscribe. The connection is made when first
 * asked for, and dropped when it had no listener for a while.
 */
import type { Runtime, Timer } from "../runtime/runtime.ts";
import type { NoticeListener } from "./node.ts";

/** A client's listening connection. */
export interface Listening {
  /** Resolves when the server has confirmed; rejects when it did not. Asking for a channel twice is harmless. */
  subscribe(channels: readonly string[]): Promise<void>;
  unsubscribe(channels: readonly string[]): Promise<void>;
  close(): void;
}

export interface ListeningEvents {
  /** Connected, for the first time or again: all channels must be asked for. */
  onReady(): void;
  onDown(): void;
  onMessage(channel: string, message: string): void;
}

/** Waiters come and go in bursts; a connection per burst would cost more than keeping one. */
const idleMs = 5000;

interface Subscription {
  readonly channels: readonly string[];
  readonly listener: NoticeListener;
}

export class Topics {
  readonly #runtime: Runtime;
  readonly #connect: (events: ListeningEvents) => Listening;
  readonly #prefix: string;
  readonly #subscriptions = new Map<string, Set<Subscription>>();
  readonly #confirmed = new Set<string>();
  #listening: Listening | undefined;
  #isReady = false;
  #idle: Timer | undefined;

  /** `prefix`: what a client puts before keys but not before channels. */
  constructor(runtime: Runtime, prefix: string, connect: (events: ListeningEvents) => Listening) {
    this.#runtime = runtime;
    this.#prefix = prefix;
    this.#connect = connect;
  }

  /** As `Connection.subscribe`. */
  subscribe(channels: readonly string[], listener: NoticeListener): () => void {
    const subscription: Subscription = { channels: channels.map((channel) => this.#prefix + channel), listener };
    this.#idle?.cancel();
    this.#idle = undefined;
    this.#listening ??= this.#open();
    for (const channel of subscription.channels) {
      const listeners = this.#subscriptions.get(channel);
      if (listeners === undefined) this.#subscriptions.set(channel, new Set([subscription]));
      else listeners.add(subscription);
    }
    this.#ask(subscription.channels.filter((channel) => !this.#confirmed.has(channel)));
    this.#runtime.defer(() => this.#tellIfComplete(subscription));
    return () => this.#unsubscribe(subscription);
  }

  close(): void {
    this.#subscriptions.clear();
    this.#drop();
  }

  #open(): Listening {
    // A connection that was dropped still tells of its end, when the next one may be there.
    const isCurrent = (): boolean => this.#listening === opened;
    const opened = this.#connect({
      onReady: () => {
        if (!isCurrent()) return;
        this.#isReady = true;
        this.#ask([...this.#subscriptions.keys()]);
      },
      onDown: () => {
        if (!isCurrent()) return;
        this.#isReady = false;
        this.#confirmed.clear();
      },
      onMessage: (channel, message) => {
        const heard = channel.slice(this.#prefix.length);
        for (const { listener } of this.#subscriptions.get(channel) ?? []) listener.onNotice(heard, message);
      },
    });
    return opened;
  }

  #ask(channels: readonly string[]): void {
    if (channels.length === 0 || !this.#isReady) return;
    this.#listening?.subscribe(channels).then(
      () => this.#onConfirmed(channels),
      // The connection broke, and asks for all channels again when it is back; or the user may not subscribe.
      () => {},
    );
  }

  #onConfirmed(channels: readonly string[]): void {
    if (!this.#isReady) return;
    const completed = new Set<Subscription>();
    for (const channel of channels) {
      const listeners = this.#subscriptions.get(channel);
      if (listeners === undefined || this.#confirmed.has(channel)) continue;
      this.#confirmed.add(channel);
      for (const subscription of listeners) completed.add(subscription);
    }
    for (const subscription of completed) this.#tellIfComplete(subscription);
  }

  #tellIfComplete(subscription: Subscription): void {
    const isHeard = (channel: string): boolean =>
      this.#confirmed.has(channel) && this.#subscriptions.get(channel)?.has(subscription) === true;
    if (subscription.channels.every(isHeard)) subscription.listener.onSubscribed();
  }

  #unsubscribe(subscription: Subscription): void {
    const silent: string[] = [];
    for (const channel of subscription.channels) {
      const listeners = this.#subscriptions.get(channel);
      if (listeners === undefined || !listeners.delete(subscription) || listeners.size > 0) continue;
      this.#subscriptions.delete(channel);
      this.#confirmed.delete(channel);
      silent.push(channel);
    }
    if (this.#listening === undefined) return;
    if (silent.length > 0 && this.#isReady) this.#listening.unsubscribe(silent).catch(() => {});
    if (this.#subscriptions.size > 0 || this.#idle !== undefined) return;
    this.#idle = this.#runtime.startTimer(idleMs, () => this.#drop());
    this.#idle.keepProcessAlive(false);
  }

  #drop(): void {
    this.#idle?.cancel();
    this.#idle = undefined;
    this.#isReady = false;
    this.#confirmed.clear();
    this.#listening?.close();
    this.#listening = undefined;
  }
}

/** One user's share of the topics, which it may have in common with others. */
export class Subscriptions {
  readonly #topics: () => Topics;
  readonly #ends = new Set<() => void>();

  constructor(topics: () => Topics) {
    this.#topics = topics;
  }

  /** As `Connection.subscribe`. */
  subscribe(channels: readonly string[], listener: NoticeListener): () => void {
    const unsubscribe = this.#topics().subscribe(channels, listener);
    const end = (): void => {
      if (this.#ends.delete(end)) unsubscribe();
    };
    this.#ends.add(end);
    return end;
  }

  close(): void {
    for (const end of this.#ends) end();
  }
}
