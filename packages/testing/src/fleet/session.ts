/** One call of `withFleet`: what its routine uses, the notes of what was done, and their judgement. */
import { writeFileSync } from "node:fs";
import process from "node:process";

import { Redlock, type RedlockOptions } from "@quorate/redlock";

import type { HistoryEvent } from "../history/event.ts";
import { LockHistory } from "../history/lock-history.ts";
import { recordLocks } from "../history/record-locks.ts";
import { type Holder, type HolderOptions, startHolder } from "../holder/holder.ts";
import type { ProxiedFleet } from "../redis/fleet.ts";
import type { RedisServer } from "../redis/server.ts";
import { renderHtml } from "../report/html.ts";
import type { Breach, Story, VoteMark } from "../report/story.ts";
import { renderTimeline } from "../report/timeline.ts";
import type { Network } from "../rule/network.ts";
import { breachesOf } from "./breaches.ts";
import { Diary } from "./diary.ts";

/** What the routine of `withFleet` gets. */
export interface FleetContext {
  /** Over all nodes, through proxies that obey `net`, as the peer "app". */
  readonly redlock: Redlock;
  readonly nodes: readonly RedisServer[];
  readonly net: Network;
  readonly fleet: ProxiedFleet;
  /** What all locks of `redlock`, `connect` and `startHolder` did so far. */
  readonly history: LockHistory;
  /** Another user of the same nodes, as from another process: `peer` is its name in network faults. */
  connect(peer: string, options?: RedlockOptions): Promise<Redlock>;
  /** Resolves when a process of its own holds the lock: to be killed, paused and asked. `peer`: its name. */
  startHolder(
    peer: string,
    resources: string | readonly string[],
    ttlMs: number,
    options?: HolderOptions,
  ): Promise<Holder>;
}

/** What becomes of the notes. */
export interface NotesOptions {
  /**
   * Whether the locks are judged in the end: two holders at one time, or fencing tokens that go back, fail the test.
   * @default true
   */
  readonly check?: boolean;
  /** A file to write the timeline to, as HTML, when the test fails. */
  readonly html?: string;
  /**
   * Gets the timeline as text when the test fails.
   * @default written to stderr
   */
  readonly onTimeline?: (text: string) => void;
}

export class Session {
  readonly history: LockHistory = new LockHistory();
  readonly #fleet: ProxiedFleet;
  readonly #options: RedlockOptions;
  readonly #diary: Diary;
  readonly #startedAtMs: number;
  readonly #peers: string[] = [];
  readonly #votes: VoteMark[] = [];
  readonly #redlocks: Redlock[] = [];
  readonly #holders: Holder[] = [];

  constructor(fleet: ProxiedFleet, options: RedlockOptions) {
    this.#fleet = fleet;
    this.#options = options;
    this.#startedAtMs = this.history.now().monotonicMs;
    this.#diary = new Diary(fleet.servers, fleet.net, () => this.#sinceStartMs());
    fleet.net.onAnswer = ({ node, peer, operation, isGranted }) => {
      const text = `${peer} ${operation} -> ${isGranted ? "done" : "refused"}`;
      this.#votes.push({ atMs: this.#sinceStartMs(), node, operation, isGranted, text });
    };
  }

  async context(): Promise<FleetContext> {
    const fleet = this.#fleet;
    return {
      redlock: await this.#connect("app"),
      nodes: fleet.servers,
      net: fleet.net,
      fleet,
      history: this.history,
      connect: (peer, options) => this.#connect(peer, options),
      startHolder: (peer, resources, ttlMs, options) => this.#startHolder(peer, resources, ttlMs, options),
    };
  }

  /** Which promises the locks did not keep. */
  breaches(): Breach[] {
    return breachesOf({ events: this.#events });
  }

  /** Shows what happened. */
  tell({ html, check, onTimeline = (text) => void process.stderr.write(text) }: NotesOptions): void {
    const story = this.#story(check === false ? [] : this.breaches());
    onTimeline(`\n${story.title}, milliseconds since its start:\n${renderTimeline(story)}\n\n`);
    if (html !== undefined) writeFileSync(html, renderHtml(story));
  }

  async end(): Promise<void> {
    this.#fleet.net.heal();
    for (const server of this.#fleet.servers) server.resume();
    await Promise.all(this.#holders.map((holder) => holder.kill()));
    await Promise.all(this.#redlocks.map((redlock) => redlock.close()));
    await this.#fleet.stop();
  }

  async #connect(peer: string, options: RedlockOptions = {}): Promise<Redlock> {
    const redlock = Redlock.connect(await this.#fleet.urlsFor(peer), { ...this.#options, ...options });
    this.#redlocks.push(redlock);
    this.#peers.push(peer);
    recordLocks(redlock, this.history, peer);
    return redlock;
  }

  async #startHolder(
    peer: string,
    resources: string | readonly string[],
    ttlMs: number,
    options: HolderOptions = {},
  ): Promise<Holder> {
    const { restartGuardMs } = this.#options;
    const urls = await this.#fleet.urlsFor(peer);
    const order = { name: peer, urls, ttlMs, ...(restartGuardMs === undefined ? {} : { restartGuardMs }), ...options };
    this.#peers.push(peer);
    const holder = await startHolder(
      { ...order, resources: typeof resources === "string" ? [resources] : resources },
      {
        onEvent: (event) => this.history.append(event),
        onState: (state) => {
          this.#diary.process(peer, state);
          if (state === "down") this.history.died(peer);
        },
      },
    );
    this.#holders.push(holder);
    return holder;
  }

  #story(breaches: readonly Breach[]): Story {
    return {
      title: `A fleet of ${this.#fleet.servers.length} servers`,
      nodeCount: this.#fleet.servers.length,
      processes: [...new Set(this.#peers)],
      history: this.#events,
      troubles: this.#diary.troubles,
      votes: this.#votes,
      breaches,
      fromMs: 0,
      toMs: this.#sinceStartMs(),
    };
  }

  /** In order, counted from the start: the monotonic clock's own zero means nothing to people. */
  get #events(): readonly HistoryEvent[] {
    const startedAtMs = this.#startedAtMs;
    const counted = this.history.events.map((event) => {
      const monotonicMs = event.monotonicMs - startedAtMs;
      return "validUntilMs" in event
        ? { ...event, monotonicMs, validUntilMs: event.validUntilMs - startedAtMs }
        : { ...event, monotonicMs };
    });
    return counted.sort((a, b) => a.monotonicMs - b.monotonicMs);
  }

  #sinceStartMs(): number {
    return this.history.now().monotonicMs - this.#startedAtMs;
  }
}
