/**
 * What a report tells, wherever it happened: in a simulated run, or on real servers while somebody took notes. All
 * times are milliseconds on one clock, the history's monotonic one.
 */
import type { HistoryEvent } from "../history/event.ts";

/** Something was wrong for a while, by intention. */
export interface Trouble {
  readonly fromMs: number;
  readonly toMs: number;
  /** What, in a word or two for people. */
  readonly text: string;
  /** It did not run at all: killed, stopped or suspended. */
  readonly isOutage: boolean;
  /** The nodes it is about, by place. */
  readonly nodes: readonly number[];
  /** The processes it is about, by name. */
  readonly processes: readonly string[];
}

/** A node answered. */
export interface VoteMark {
  readonly atMs: number;
  readonly node: number;
  /** acquire, extend, release, heal, inspect. */
  readonly operation: string;
  readonly isGranted: boolean;
  /** What was asked and answered, for people. */
  readonly text: string;
}

/** A promise that was not kept. */
export interface Breach {
  readonly atMs: number;
  readonly promise: string;
  readonly detail: string;
}

/** A run from its beginning to its end. */
export interface Story {
  readonly title: string;
  readonly nodeCount: number;
  readonly processes: readonly string[];
  readonly history: readonly HistoryEvent[];
  readonly troubles: readonly Trouble[];
  readonly votes: readonly VoteMark[];
  readonly breaches: readonly Breach[];
  readonly fromMs: number;
  readonly toMs: number;
}
