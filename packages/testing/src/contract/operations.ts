/** Operations as the contract writes them: one resource, an owner called "one", and what a case is about. */
import type {
  AcquireOperation,
  ExtendOperation,
  HealOperation,
  InspectOperation,
  ReleaseOperation,
} from "@quorate/redlock/node";

type Changes<Kind> = Partial<Omit<Kind, "kind">>;

/** Builds them around one moment: nodes refuse a fencing token that is far from their clock. */
export class Operations {
  readonly fence: number;

  constructor(nowMs: number) {
    this.fence = Math.floor(nowMs * 1000);
  }

  acquire(changes: Changes<AcquireOperation> = {}): AcquireOperation {
    return { kind: "acquire", ...this.#common, ttlMs: 10_000, fenceRetentionMs: 60_000, ...changes };
  }

  heal(): HealOperation {
    return { kind: "heal", ...this.#common, ttlMs: 10_000, fenceRetentionMs: 60_000 };
  }

  extend(changes: Changes<ExtendOperation> = {}): ExtendOperation {
    return { kind: "extend", ...this.#common, ttlMs: 10_000, fenceRetentionMs: 60_000, ...changes };
  }

  release(changes: Changes<ReleaseOperation> = {}): ReleaseOperation {
    return { kind: "release", ...this.#common, bury: false, announce: false, buryMs: 30_000, ...changes };
  }

  inspect(...keys: string[]): InspectOperation {
    return { kind: "inspect", keys };
  }

  get #common(): { keys: string[]; token: string; fence: number } {
    return { keys: ["orders"], token: "one", fence: this.fence };
  }
}
