/** For a health endpoint: what @nestjs/terminus takes, without needing it. */
import { Inject, Injectable } from "@nestjs/common";
import { type Health, Redlock } from "@quorate/redlock";

/** In the shape of terminus's `HealthIndicatorResult`. */
export type RedlockHealthResult = Record<
  string,
  { readonly status: "up" | "down" } & Pick<Health, "quorum" | "votingCount" | "nodes">
>;

/** `health.check([() => redlockHealth.isHealthy()])` with terminus, or on its own. */
export class RedlockHealthIndicator {
  readonly #redlock: Redlock;

  constructor(redlock: Redlock) {
    this.#redlock = redlock;
  }

  /** "up" while a quorum of nodes can grant a lock. Asks no node, so that it costs nothing; never rejects. */
  async isHealthy(key = "redlock"): Promise<RedlockHealthResult> {
    const { quorumReachable, quorum, votingCount, nodes } = this.#redlock.health();
    return { [key]: { status: quorumReachable ? "up" : "down", quorum, votingCount, nodes } };
  }
}

Injectable()(RedlockHealthIndicator);
Inject(Redlock)(RedlockHealthIndicator, undefined, 0);
