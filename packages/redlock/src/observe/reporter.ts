/**
 * What happens inside is counted, always: an increment each, and no object. And it is told to who listens, which changes
 * nothing: a listener that throws is reported as a process warning and otherwise ignored, and without listeners no event
 * object is made.
 */
import type { EventEmitter } from "node:events";
import process from "node:process";
import type { RedlockErrorCode } from "../errors/errors.ts";
import type { AcquiredEvent, LostEvent, RedlockEvents } from "./events.ts";
import { lostChannel, publishLost, type Publisher } from "./tracing.ts";
import { warningsOf } from "./warn.ts";

/** How the inside tells: `make` runs only for a listener. */
export interface Reporter {
  /** Counts, with or without a listener. */
  readonly meter: Meter;
  /** How the diagnostics channels are to name things. */
  readonly publisher: Publisher;
  report<Name extends keyof RedlockEvents>(name: Name, make: () => RedlockEvents[Name][0]): void;
  acquired(elapsedMs: number, make: () => AcquiredEvent): void;
  lost(event: LostEvent): void;
  warn(code: string, message: string): void;
  /** Warns the first time that a code comes. */
  warnOnce(code: string, message: string): void;
}

/** The reporting end of an emitter, and of the metrics and diagnostics channels. */
export function reporterOf(
  emitter: EventEmitter<RedlockEvents>,
  publisher: Publisher,
  runtime: { defer(callback: () => void): void },
): Reporter {
  const meter = new Meter();
  const emit = emitter as EventEmitter;
  function report(name: string, make: () => unknown): void {
    if (emit.listenerCount(name) === 0) return;
    try {
      emit.emit(name, make());
    } catch (error) {
      process.emitWarning(`A listener of "${name}" threw: ${String(error)}`, { code: "REDLOCK_LISTENER" });
    }
  }
  const tellWarning = warningsOf(emit, (event) => report("warning", () => event), runtime);
  const told = new Set<string>();
  function warn(code: string, message: string): void {
    meter.warned(code);
    tellWarning({ code, message });
  }
  return {
    meter,
    publisher,
    report,
    acquired(elapsedMs, make) {
      meter.acquired(elapsedMs);
      report("acquired", make);
    },
    lost(event) {
      meter.lost();
      report("lost", () => event);
      if (lostChannel.hasSubscribers) publishLost(publisher, event);
    },
    warn,
    warnOnce(code, message) {
      if (!told.has(code)) warn(code, message);
      told.add(code);
    },
  };
}

/** Why a round was not won. */
export type RoundFailedReason = "held" | "stale" | "split" | "unavailable" | "too-late";

/** Why an acquire call ended without a lock: an error's code, or the caller's own abort. */
export type FailureCode = RedlockErrorCode | "ABORTED";

export class Meter {
  acquiredCount = 0;
  extendedCount = 0;
  extendFailedCount = 0;
  lostCount = 0;
  releasedCount = 0;
  releaseFailedCount = 0;
  /** From the call to the lock, waiting included. */
  readonly acquireDuration: Histogram = new Histogram();
  readonly heldDuration: Histogram = new Histogram();
  readonly failedRoundCounts: Record<RoundFailedReason, number> = {
    held: 0,
    stale: 0,
    split: 0,
    unavailable: 0,
    "too-late": 0,
  };
  readonly failedCounts: Map<FailureCode, number> = new Map();
  readonly warningCounts: Map<string, number> = new Map();
  /** By node index. */
  readonly downCounts: number[] = [];
  readonly quarantinedCounts: number[] = [];

  acquired(elapsedMs: number): void {
    this.acquiredCount++;
    this.acquireDuration.note(elapsedMs);
  }

  roundFailed(reason: RoundFailedReason): void {
    this.failedRoundCounts[reason]++;
  }

  /** An acquire call that ended without a lock, after however many failed rounds. */
  failed(code: FailureCode): void {
    countIn(this.failedCounts, code);
  }

  extended(): void {
    this.extendedCount++;
  }

  extendFailed(): void {
    this.extendFailedCount++;
  }

  lost(): void {
    this.lostCount++;
  }

  released(heldMs: number): void {
    this.releasedCount++;
    this.heldDuration.note(heldMs);
  }

  releaseFailed(): void {
    this.releaseFailedCount++;
  }

  nodeDown(index: number): void {
    this.downCounts[index] = (this.downCounts[index] ?? 0) + 1;
  }

  nodeQuarantined(index: number): void {
    this.quarantinedCounts[index] = (this.quarantinedCounts[index] ?? 0) + 1;
  }

  warned(code: string): void {
    countIn(this.warningCounts, code);
  }
}

function countIn<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Upper bounds in seconds: from a local round trip to a lock held for an hour. */
export const SECONDS_BOUNDS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3_600,
];

/** One moment of a histogram. */
export interface HistogramSample {
  /** Per bound of the metric, how many values were not greater. Cumulative: each count includes those before it. */
  readonly bucketCounts: readonly number[];
  readonly count: number;
  readonly sum: number;
}

/** A distribution of durations, as Prometheus counts it: how many took no longer than each bound. */
export class Histogram {
  /** Not cumulative here, so that noting a value touches one of them. */
  readonly #counts: number[] = SECONDS_BOUNDS.map(() => 0);
  #count = 0;
  #sumMs = 0;

  note(valueMs: number): void {
    this.#count++;
    this.#sumMs += valueMs;
    const seconds = valueMs / 1_000;
    for (let index = 0; index < SECONDS_BOUNDS.length; index++) {
      if (seconds > SECONDS_BOUNDS[index]!) continue;
      this.#counts[index]!++;
      return;
    }
  }

  sample(): HistogramSample {
    let total = 0;
    return {
      bucketCounts: this.#counts.map((count) => (total += count)),
      count: this.#count,
      sum: this.#sumMs / 1_000,
    };
  }
}
