/** The connections that one simulated server has accepted, and what is published on them. */
import type { MachineClocks } from "./clock.ts";
import type { Prng } from "./prng.ts";
import type { Notice } from "./script-run.ts";
import { forge } from "./stranger.ts";
import type { Wire } from "./wire.ts";

/** One accepted connection. */
export interface Session {
  /** Who is at the other end. */
  readonly peer: string;
  readonly wire: Wire;
  /** The server process that accepted it: what is still under way when that one dies never reaches the next. */
  readonly runId: string;
  /** Channels that this connection listens to, and where what is published there goes. */
  readonly channels: Set<string>;
  readonly onNotice: (notice: Notice) => void;
  /**
   * A call on this connection was answered NOSCRIPT: so are the ones behind it, until the script comes, because an
   * adapter has to keep their order (another client may load the script in between).
   */
  refusesUntilScript: boolean;
}

export class Sessions {
  #open = new Set<Session>();
  #lastNotice: Notice | undefined;

  add(session: Session): void {
    this.#open.add(session);
  }

  delete(session: Session): void {
    this.#open.delete(session);
  }

  /** The process has ended; with `silently` the whole machine is gone and no client is told. */
  end(silently: boolean): void {
    for (const { wire } of this.#takeAll()) {
      if (silently) wire.vanish();
      else wire.closeByNode("Connection is closed.");
    }
  }

  /** Breaks every connection in the middle; the process lives on. */
  reset(): void {
    for (const { wire } of this.#takeAll()) wire.reset("read ECONNRESET");
  }

  /** One user's connections are gone, and it is not told. */
  dropPeer(peer: string): void {
    for (const session of this.#open) {
      if (session.peer !== peer) continue;
      this.#open.delete(session);
      session.wire.reset("read ECONNRESET");
    }
  }

  countListeners(channel: string): number {
    return [...this.#open].filter((session) => session.channels.has(channel)).length;
  }

  publish(notice: Notice): void {
    this.#lastNotice = notice;
    this.#tell(notice);
  }

  /** Somebody else publishes something on the channel of the last notice. */
  publishNonsense(clocks: MachineClocks, prng: Prng): void {
    const last = this.#lastNotice;
    if (last !== undefined) this.#tell({ channel: last.channel, message: forge(last.message, clocks, prng) });
  }

  #takeAll(): Set<Session> {
    const sessions = this.#open;
    this.#open = new Set();
    return sessions;
  }

  #tell(notice: Notice): void {
    for (const session of this.#open) {
      if (session.channels.has(notice.channel)) session.onNotice(notice);
    }
  }
}
