/**
 * A distributed lock over N independent Redis masters.
 *
 * It is not consensus, and no lock can stop a holder that was paused past its validity from acting: for that, give the
 * lock's fencing token to a store that checks it.
 *
 * @packageDocumentation
 */
export type { ReadyOptions } from "./options/ready.ts";
export { PROMETHEUS_CONTENT_TYPE, prometheusText } from "./observe/prometheus.ts";
export { Redlock } from "./redlock.ts";
export type { ElectOptions } from "./coordinate/elect.ts";
export type { FollowOptions, Leader } from "./coordinate/follow.ts";
export type { OnceOptions } from "./coordinate/once.ts";
export type { Routine } from "./lock/routine.ts";
export { Lock } from "./lock/lock.ts";
export type { HandedOverLock, HeldLockSnapshot, LockJson } from "./lock/lock-json.ts";
export type { ReleaseOutcome } from "./lock/release.ts";
export type { LockMode } from "./node/index.ts";
export type { HolderView, Inspection, NodeView, Verdict } from "./round/inspect.ts";
export type { AcquireOptions, ConnectOptions, RedlockOptions } from "./options/options.ts";
export {
  LockHandedOverError,
  LockLostError,
  NotIndependentError,
  QuorumUnavailableError,
  RedlockError,
  ResourceLockedError,
  type LostReason,
  type NodeVote,
  type RedlockErrorCode,
  type RedlockErrorDetails,
} from "./errors/errors.ts";
export type {
  AcquiredEvent,
  ExtendedEvent,
  HandedOverEvent,
  LostEvent,
  NodeDownEvent,
  NodeUpEvent,
  NodeQuarantinedEvent,
  RedlockEvents,
  RoundFailedEvent,
  ReleasedEvent,
  ReleaseFailedEvent,
  WantedEvent,
} from "./observe/events.ts";
export type { WarningEvent } from "./observe/warn.ts";
export type { Health, NodeHealth } from "./observe/health.ts";
export type { HistogramSample } from "./observe/reporter.ts";
export type { HistogramMetric, MetricSample, MetricsSnapshot, NumberMetric } from "./observe/metrics.ts";
export type { NodeTrouble } from "./observe/node-journal.ts";
export type { LostMessage, TraceContext, TraceError, TraceResult } from "./observe/tracing.ts";
export type { NodeAddress, RedisClient } from "./node/adapt.ts";
