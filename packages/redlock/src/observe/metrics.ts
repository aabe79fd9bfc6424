/**
 * A snapshot of all counts, with names and units as Prometheus wants them. Labels have few values: a node, a reason, a
 * code. A resource's name is never a label: there is no end of them, and each would be kept for ever.
 */
import type { Health } from "./health.ts";
import { SECONDS_BOUNDS, type Histogram, type HistogramSample, type Meter } from "./reporter.ts";

/** One number of a metric. */
export interface MetricSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A counter only grows while the `Redlock` lives; a gauge is what is so now. */
export interface NumberMetric {
  readonly type: "counter" | "gauge";
  readonly name: string;
  readonly help: string;
  readonly samples: readonly MetricSample[];
}

/** Durations in seconds. */
export interface HistogramMetric {
  readonly type: "histogram";
  readonly name: string;
  readonly help: string;
  /** Upper bounds of the buckets, in seconds; what is above the last is only in `count`. */
  readonly bounds: readonly number[];
  readonly sample: HistogramSample;
}

/** What `redlock.metrics()` returns. */
export interface MetricsSnapshot {
  /** The `Redlock`'s name: a label for a process that has several. */
  readonly name: string;
  readonly metrics: readonly (NumberMetric | HistogramMetric)[];
}

/** What a snapshot needs besides the counts. */
export interface Present {
  readonly name: string;
  readonly heldCount: number;
  readonly waitingCount: number;
  readonly health: Health;
}

export function snapshotOf(meter: Meter, present: Present): MetricsSnapshot {
  return { name: present.name, metrics: [...callMetrics(meter), ...nodeMetrics(meter, present), ...gauges(present)] };
}

function callMetrics(meter: Meter): (NumberMetric | HistogramMetric)[] {
  return [
    one("counter", "redlock_acquired_total", "Locks acquired.", meter.acquiredCount),
    several("counter", "redlock_acquire_failed_total", "Acquire calls that ended without a lock.", "code", [
      ...meter.failedCounts,
    ]),
    several(
      "counter",
      "redlock_failed_rounds_total",
      "Rounds that were not won; an acquire call may make several.",
      "reason",
      Object.entries(meter.failedRoundCounts),
    ),
    durations(
      "redlock_acquire_duration_seconds",
      "From the call to the lock, waiting included.",
      meter.acquireDuration,
    ),
    one("counter", "redlock_extended_total", "Extensions that a quorum confirmed.", meter.extendedCount),
    one("counter", "redlock_extend_failed_total", "Extensions that no quorum confirmed.", meter.extendFailedCount),
    one("counter", "redlock_lost_total", "Locks lost while they were held.", meter.lostCount),
    one("counter", "redlock_released_total", "Locks released.", meter.releasedCount),
    one("counter", "redlock_release_failed_total", "Releases that no quorum confirmed.", meter.releaseFailedCount),
    durations("redlock_held_duration_seconds", "From acquire to release.", meter.heldDuration),
    several("counter", "redlock_warnings_total", "Things to mend.", "code", [...meter.warningCounts]),
  ];
}

function nodeMetrics(meter: Meter, { health }: Present): NumberMetric[] {
  const { nodes } = health;
  const perNode = (type: NumberMetric["type"], name: string, help: string, valueOf: (index: number) => number) =>
    several(
      type,
      name,
      help,
      "node",
      nodes.map(({ node }, index) => [node, valueOf(index)]),
    );
  return [
    perNode("counter", "redlock_node_down_total", "Times a node went down.", (index) => meter.downCounts[index] ?? 0),
    perNode(
      "counter",
      "redlock_node_quarantined_total",
      "Times the restart guard began to quarantine a node.",
      (index) => meter.quarantinedCounts[index] ?? 0,
    ),
    perNode("gauge", "redlock_node_up", "Whether a node can be asked.", (index) =>
      nodes[index]!.status === "up" ? 1 : 0,
    ),
    perNode("gauge", "redlock_node_quarantined", "Whether the restart guard quarantines a node.", (index) =>
      nodes[index]!.quarantinedForMs > 0 ? 1 : 0,
    ),
    perNode(
      "gauge",
      "redlock_node_pending_releases",
      "Releases to be told to a node when it is back.",
      (index) => nodes[index]!.pendingReleaseCount,
    ),
  ];
}

function gauges({ heldCount, waitingCount, health }: Present): NumberMetric[] {
  return [
    one("gauge", "redlock_held_locks", "Locks held now.", heldCount),
    one("gauge", "redlock_waiting_acquires", "Acquire calls under way now.", waitingCount),
    one("gauge", "redlock_quorum", "How many nodes must grant.", health.quorum),
    one("gauge", "redlock_voting_nodes", "Nodes that are up and whose grants count.", health.votingCount),
  ];
}

function one(type: NumberMetric["type"], name: string, help: string, value: number): NumberMetric {
  return { type, name, help, samples: [{ labels: {}, value }] };
}

function several(
  type: NumberMetric["type"],
  name: string,
  help: string,
  label: string,
  values: readonly (readonly [string, number])[],
): NumberMetric {
  return { type, name, help, samples: values.map(([text, value]) => ({ labels: { [label]: text }, value })) };
}

function durations(name: string, help: string, histogram: Histogram): HistogramMetric {
  return { type: "histogram", name, help, bounds: SECONDS_BOUNDS, sample: histogram.sample() };
}
