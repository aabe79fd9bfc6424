/** Whether locks can be taken: for readiness at the start, and for health endpoints from then on. */
import { checkOptions, checkTtl } from "../options/check.ts";
import type { ReadyOptions } from "../options/ready.ts";
import { resolveCall, type AcquireRequest, type ResolvedCall } from "../options/resolve.ts";
import type { Health } from "../observe/health.ts";
import type { NodeSet } from "../round/nodes.ts";
import { whenReady } from "./ready.ts";
import { tryVotes } from "./trial.ts";

const READY_NAMES = ["waitMs", "signal"] as const;
const READY_WAIT_MS = 60_000;
const USUAL_TTL_MS = 10_000;

/** Health is asked for every second or so; nodes are not to be asked more often for that. */
const LOOK_AGAIN_MS = 1_000;

export class Lookout {
  readonly #set: NodeSet;
  #last: AcquireRequest | undefined;
  #nextLookMs = -Infinity;
  #isClosed = false;

  constructor(set: NodeSet) {
    this.#set = set;
  }

  /** What is tried is what was asked for last, as nearly as may be. */
  noteRequest(request: AcquireRequest): void {
    this.#last = request;
  }

  ready(options: ReadyOptions = {}): Promise<void> {
    const { ttlMs, resource, ...rest } = options;
    checkOptions(rest, "ready", READY_NAMES);
    if (ttlMs !== undefined) checkTtl(ttlMs);
    const { waitMs = READY_WAIT_MS, signal } = rest;
    return whenReady(this.#set, () => {
      const { call, ...request } = this.#request(resource, ttlMs);
      return { ...request, call: { ...call, waitMs, signal } };
    });
  }

  /** A node that refused its last vote, and is asked by nobody, would be red for ever. */
  health(): Health {
    const health = this.#set.standings.health();
    const isRefused = health.nodes.some(({ isVoting, status }) => !isVoting && status === "up");
    if (isRefused && !this.#isClosed) this.#lookAgain();
    return health;
  }

  close(): void {
    this.#isClosed = true;
  }

  #lookAgain(): void {
    const { monotonicMs } = this.#set.runtime.readClocks();
    if (monotonicMs < this.#nextLookMs) return;
    this.#nextLookMs = monotonicMs + LOOK_AGAIN_MS;
    void tryVotes(this.#set, this.#request(undefined, undefined));
  }

  /** For a name that nobody else has. */
  #request(resource: string | undefined, ttlMs: number | undefined): AcquireRequest {
    const { options, runtime } = this.#set;
    const base = resource ?? this.#last?.resources[0] ?? "redlock";
    const name = `${base}:redlock-ready:${runtime.newToken()}`;
    return { resources: [name], keys: [options.keyPrefix + name], call: this.#call(ttlMs), hold: undefined };
  }

  #call(ttlMs: number | undefined): ResolvedCall {
    if (ttlMs === undefined && this.#last !== undefined) return this.#last.call;
    const { options } = this.#set;
    return resolveCall("ready", ttlMs ?? (options.restartGuardMs || USUAL_TTL_MS), undefined, options, false);
  }
}
