/**
 * A client library's subscriptions to release announcements, on a connection of their own that is made when first
 * asked for. A subscription is only good from its confirmation on; what was published before, or while the connection
 * was gone, was perhaps not heard, and the listener is told so each time.
 */
import type { NoticeListener } from "@quorate/redlock/node";

import { Dialer, type Route } from "./dialer.ts";
import type { Notice } from "./script-run.ts";
import type { Session } from "./sessions.ts";

interface Subscription {
  readonly channels: readonly string[];
  readonly listener: NoticeListener;
}

export class Subscriber {
  readonly #route: Route;
  readonly #subscriptions = new Set<Subscription>();
  #dialer: Dialer | undefined;

  constructor(route: Route) {
    this.#route = route;
  }

  subscribe(channels: readonly string[], listener: NoticeListener): () => void {
    const subscription: Subscription = { channels, listener };
    this.#subscriptions.add(subscription);
    const session = this.#dialer?.session;
    if (session !== undefined) this.#ask(session, [subscription]);
    else this.#connect();
    return () => {
      this.#subscriptions.delete(subscription);
    };
  }

  close(): void {
    this.#subscriptions.clear();
    this.#dialer?.close();
    this.#dialer = undefined;
  }

  #connect(): void {
    if (this.#dialer !== undefined) return;
    this.#dialer = new Dialer(this.#route, {
      onConnected: (session) => this.#ask(session, [...this.#subscriptions]),
      onDisconnected: () => {},
      onNotice: (notice) => this.#heard(notice),
    });
    this.#dialer.dial();
  }

  #ask(session: Session, subscriptions: readonly Subscription[]): void {
    const { server, host } = this.#route;
    session.wire.request("subscribe", () => {
      server.whenRunning(session.runId, () => {
        for (const { channels } of subscriptions) for (const channel of channels) session.channels.add(channel);
        session.wire.reply("subscribed", () => host.enter(() => this.#confirmed(subscriptions)));
      });
    });
  }

  #confirmed(subscriptions: readonly Subscription[]): void {
    for (const subscription of subscriptions) {
      if (this.#subscriptions.has(subscription)) subscription.listener.onSubscribed();
    }
  }

  #heard(notice: Notice): void {
    for (const { channels, listener } of [...this.#subscriptions]) {
      if (channels.includes(notice.channel)) listener.onNotice(notice.channel, notice.message);
    }
  }
}
