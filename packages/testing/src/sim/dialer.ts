/**
 * A client library's habit of keeping one connection up: dial, give up after a while, dial again a little later, for
 * as long as anybody wants it.
 */
import { connectOperation } from "../rule/message.ts";
import type { Link } from "./link.ts";
import type { Notice } from "./script-run.ts";
import type { Scheduled, Timeline } from "./scheduler.ts";
import type { SimServer } from "./server.ts";
import type { Session } from "./sessions.ts";
import { Wire } from "./wire.ts";

/** Where the client's code runs: a simulated process, or simply here. */
interface Host {
  enter(callback: () => void): void;
}

/** What a client is connected through. */
export interface Route {
  readonly timeline: Timeline;
  readonly host: Host;
  readonly link: Link;
  readonly server: SimServer;
  readonly settings: ClientSettings;
}

/** The settings of a client library that decide what a lock has to live with. */
export interface ClientSettings {
  readonly connectTimeoutMs: number;
  /** A connection that is silent for this long while an answer is due is broken by the client; Infinity: never. */
  readonly socketTimeoutMs: number;
  readonly reconnectDelayMs: number;
  /**
   * Whether commands without an answer are sent again after a reconnect, as ioredis does unless told otherwise: a
   * command can then be executed twice, and long after its caller gave up.
   */
  readonly resend: boolean;
}

export const SAFE_CLIENT_SETTINGS: ClientSettings = {
  connectTimeoutMs: 1000,
  socketTimeoutMs: 2000,
  reconnectDelayMs: 100,
  resend: false,
};

export interface DialListener {
  onConnected(session: Session): void;
  onDisconnected(detail: string): void;
  /** What the node says without being asked, on a connection that subscribed. */
  onNotice?(notice: Notice): void;
}

export class Dialer {
  readonly #route: Route;
  readonly #listener: DialListener;
  #wire: Wire | undefined;
  #session: Session | undefined;
  #timer: Scheduled | undefined;
  #isClosed = false;

  constructor(route: Route, listener: DialListener) {
    this.#route = route;
    this.#listener = listener;
  }

  /** The connection, once the node has answered on it. */
  get session(): Session | undefined {
    return this.#session;
  }

  dial(): void {
    if (this.#isClosed) return;
    const { timeline, host, link, server, settings } = this.#route;
    const wire = new Wire(timeline, link, (detail) => host.enter(() => this.#lost(wire, detail)));
    this.#wire = wire;
    wire.request(connectOperation, () => this.#greet(wire));
    this.#setTimer(settings.connectTimeoutMs, () => this.fail(`connect ETIMEDOUT ${server.name}`));
  }

  /** The client gives this connection up. */
  fail(detail: string): void {
    const wire = this.#wire;
    if (wire === undefined) return;
    wire.closeByClient();
    this.#lost(wire, detail);
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#wire?.closeByClient();
    if (this.#session !== undefined) this.#route.server.sessions.delete(this.#session);
    this.#wire = undefined;
    this.#session = undefined;
  }

  #greet(wire: Wire): void {
    const { server, host, link } = this.#route;
    if (!server.isUp) {
      wire.closeByNode(`connect ECONNREFUSED ${server.name}`);
      return;
    }
    const { runId } = server.model;
    server.whenRunning(runId, () => {
      const onNotice = (notice: Notice): void =>
        wire.reply("notice", () => host.enter(() => this.#listener.onNotice?.(notice)));
      const session: Session = {
        peer: link.peer,
        wire,
        runId,
        channels: new Set(),
        onNotice,
        refusesUntilScript: false,
      };
      server.sessions.add(session);
      wire.reply("ready", () => host.enter(() => this.#connected(session)));
    });
  }

  #connected(session: Session): void {
    if (this.#wire !== session.wire) return;
    this.#timer?.cancel();
    this.#session = session;
    this.#listener.onConnected(session);
  }

  #lost(wire: Wire, detail: string): void {
    if (this.#wire !== wire || this.#isClosed) return;
    if (this.#session !== undefined) this.#route.server.sessions.delete(this.#session);
    this.#wire = undefined;
    this.#session = undefined;
    this.#setTimer(this.#route.settings.reconnectDelayMs, () => this.dial());
    this.#listener.onDisconnected(detail);
  }

  #setTimer(delayMs: number, callback: () => void): void {
    this.#timer?.cancel();
    this.#timer = this.#route.timeline.after(delayMs, () => this.#route.host.enter(callback));
  }
}
