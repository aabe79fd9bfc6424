/** Operations as tests like to write them. */
import type {
  AcquireOperation,
  ExtendOperation,
  HealOperation,
  InspectOperation,
  ReleaseOperation,
  Vote,
  VoteReceiver,
} from "../../src/node/index.ts";

type Changes<T> = Partial<Omit<T, "kind">>;

/** In microseconds; well within a day of any node's clock. */
export const fenceNow: number = Date.now() * 1000;

const common = { keys: ["orders"], token: "one", fence: fenceNow };

export function acquire(changes: Changes<AcquireOperation> = {}): AcquireOperation {
  return { kind: "acquire", ...common, ttlMs: 10_000, fenceRetentionMs: 60_000, ...changes };
}

export function heal(changes: Changes<HealOperation> = {}): HealOperation {
  return { kind: "heal", ...common, ttlMs: 10_000, fenceRetentionMs: 60_000, ...changes };
}

export function extend(changes: Changes<ExtendOperation> = {}): ExtendOperation {
  return { kind: "extend", ...common, ttlMs: 10_000, fenceRetentionMs: 60_000, ...changes };
}

export function release(changes: Changes<ReleaseOperation> = {}): ReleaseOperation {
  return { kind: "release", ...common, bury: false, announce: false, buryMs: 30_000, ...changes };
}

export function inspect(...keys: string[]): InspectOperation {
  return { kind: "inspect", keys };
}

/** Keeps the votes of one round. */
export class Votes implements VoteReceiver {
  abandoned = false;
  readonly received: Vote[] = [];

  receive(_nodeIndex: number, vote: Vote): void {
    this.received.push(vote);
  }

  /** Each vote as its outcome and reason, e.g. "unknown silent". */
  get summary(): string[] {
    return this.received.map((vote) => (vote.outcome === "granted" ? "granted" : `${vote.outcome} ${vote.reason}`));
  }
}
