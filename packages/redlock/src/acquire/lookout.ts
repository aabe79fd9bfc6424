/** What a `Redlock` tells of its nodes and locks: whether it is ready and well, what it holds, and its counts. */
import { checkOptions, checkTtl } from "../options/check.ts";
import type { ReadyOptions } from "../options/ready.ts";
import { resolveCall, type AcquireRequest, type ResolvedCall } from "../options/resolve.ts";
import { checkResource } from "../options/resources.ts";
import { type HeldLockSnapshot, snapshotOfHeld } from "../lock/lock-json.ts";
import type { Health } from "../observe/health.ts";
import { type MetricsSnapshot, snapshotOf } from "../observe/metrics.ts";
import { inspectResource, type Inspection } from "../round/inspect.ts";
import type { NodeSet } from "../round/nodes.ts";
import { whenReady } from "./ready.ts";
import type { AcquireContext } from "./context.ts";
import { tryVotes } from "./trial.ts";

const READY_NAMES = ["waitMs", "signal"] as const;
const READY_WAIT_MS = 60_000;
const USUAL_TTL_MS = 10_000;

/** Health is asked for every second or so; nodes are not to be asked more often for that. */
const LOOK_AGAIN_MS = 1_000;

export class Lookout {
  readonly #context: AcquireContext;
  readonly #set: NodeSet;
  #nextLookMs = -Infinity;

  constructor(context: AcquireContext) {
    this.#context = context;
    this.#set = context.set;
  }

  ready(options: ReadyOptions = {}): Promise<void> {
    const { ttlMs, resource, ...rest } = options;
    checkOptions(rest, "ready", READY_NAMES);
    if (ttlMs !== undefined) checkTtl(ttlMs);
    const { waitMs = READY_WAIT_MS, signal } = rest;
    return whenReady(this.#context, () => {
      const { call, ...request } = this.#request(resource, ttlMs);
      return { ...request, call: { ...call, waitMs, signal } };
    });
  }

  /** A node that refused its last vote, and is asked by nobody, would be red for ever. */
  health(): Health {
    const health = this.#set.standings.health();
    const isRefused = health.nodes.some(({ isVoting, status }) => !isVoting && status === "up");
    if (isRefused && !this.#context.isClosed) this.#lookAgain();
    return health;
  }

  heldLocks(): HeldLockSnapshot[] {
    return [...this.#context.heldLocks.all].filter(({ state }) => state === "held").map(snapshotOfHeld);
  }

  metrics(): MetricsSnapshot {
    const { heldLocks, underWay } = this.#context;
    const { reporter, options } = this.#set;
    const counts = { heldCount: heldLocks.all.size, waitingCount: underWay.size };
    return snapshotOf(reporter.meter, { name: options.name, ...counts, health: this.health() });
  }

  async inspect(resource: string): Promise<Inspection> {
    checkResource(resource, this.#set.options.keyPrefix);
    await this.#set.whenJoined();
    return inspectResource(this.#set, resource);
  }

  #lookAgain(): void {
    const { monotonicMs } = this.#set.runtime.readClocks();
    if (monotonicMs < this.#nextLookMs) return;
    this.#nextLookMs = monotonicMs + LOOK_AGAIN_MS;
    void tryVotes(this.#set, this.#request(undefined, undefined));
  }

  /** As what was asked for last, as nearly as may be, for a name that nobody else has. */
  #request(resource: string | undefined, ttlMs: number | undefined): AcquireRequest {
    const { options, runtime } = this.#set;
    const base = resource ?? this.#context.lastRequest?.resources[0] ?? "redlock";
    const name = `${base}:redlock-ready:${runtime.newToken()}`;
    return { resources: [name], keys: [options.keyPrefix + name], call: this.#call(ttlMs), hold: undefined };
  }

  #call(ttlMs: number | undefined): ResolvedCall {
    const { lastRequest } = this.#context;
    if (ttlMs === undefined && lastRequest !== undefined) return lastRequest.call;
    const { options } = this.#set;
    return resolveCall("ready", ttlMs ?? (options.restartGuardMs || USUAL_TTL_MS), undefined, options, false);
  }
}
