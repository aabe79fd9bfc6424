/** Histories written by hand: each line says who did what and when, in milliseconds. */
import { LockHistory, type HistoryEvent, type HoldRecorder, type LockView } from "@quorate/testing";

export class HandWritten {
  #nowMs = 0;
  readonly history: LockHistory = new LockHistory({
    name: "hand",
    readClocks: () => ({ monotonicMs: this.#nowMs, wallMs: this.#nowMs }),
  });

  get events(): readonly HistoryEvent[] {
    return [...this.history.events].sort((a, b) => a.monotonicMs - b.monotonicMs);
  }

  at(nowMs: number): LockHistory {
    this.#nowMs = nowMs;
    return this.history;
  }

  refused(holder: string, fromMs: number, toMs: number): this {
    const attempt = this.at(fromMs).attempt(holder, "orders:42");
    this.at(toMs);
    attempt.refused("RESOURCE_LOCKED");
    return this;
  }

  /** A lock of 100 ms unless said otherwise, asked for 1 ms before it was granted. */
  held(holder: string, fromMs: number, details: HeldDetails = {}): HoldRecorder {
    const { resources = "orders:42", ttlMs = 100, askedAtMs = fromMs - 1 } = details;
    const lock = this.#lock(holder, fromMs, ttlMs, details);
    const { shared, of } = details;
    const beside = { ...(shared && { shared }), ...(of !== undefined && { permits: of }) };
    const attempt = details.adopted ? undefined : this.at(askedAtMs).attempt(holder, resources, beside);
    this.at(fromMs);
    const hold = attempt?.granted(lock) ?? this.history.adopted(holder, resources, lock, beside);
    if (details.sharedAtMs !== undefined) {
      this.at(details.sharedAtMs);
      hold.shared();
    }
    if (details.releasedAtMs !== undefined) {
      this.at(details.releasedAtMs);
      hold.released();
    }
    if (details.lostAtMs !== undefined) {
      this.at(details.lostAtMs);
      hold.lost();
    }
    return hold;
  }

  #lock(holder: string, fromMs: number, ttlMs: number, details: HeldDetails): LockView {
    return {
      token: details.token ?? `token of ${holder} at ${fromMs}`,
      fencingToken: details.fencingToken,
      ttlMs,
      ...(details.permits && { permits: details.permits }),
      remainingMs: () => Math.max(0, fromMs + ttlMs - this.#nowMs),
    };
  }
}

export interface HeldDetails {
  readonly resources?: string | readonly string[];
  readonly ttlMs?: number;
  readonly askedAtMs?: number;
  readonly releasedAtMs?: number;
  readonly lostAtMs?: number;
  readonly token?: string;
  readonly adopted?: boolean;
  readonly fencingToken?: number;
  /** Which of the resources. */
  readonly shared?: readonly string[];
  /** When it called share(). */
  readonly sharedAtMs?: number;
  /** Which numbers, and of how many. */
  readonly permits?: readonly number[];
  readonly of?: number;
}
