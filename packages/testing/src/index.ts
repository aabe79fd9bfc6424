import "./polyfill.ts";
export { findClockShim, type ClockShim } from "./redis/clock-shim.ts";
export { Fleet, startFleet, type FleetOptions, type FoundKey, type ProxiedFleet } from "./redis/fleet.ts";
export { ReplyError, type Reply } from "./redis/resp.ts";
export { growOld } from "./redis/grow-old.ts";
export { RedisServer, type RestartOptions, type Snapshot } from "./redis/server.ts";
export type { ServerState } from "./redis/server-process.ts";
export type { ServerClock } from "./redis/server-clock.ts";
export type { ServerOptions, ServerUser } from "./redis/server-options.ts";
export { closeOperation, connectOperation, type Message, type Scope } from "./rule/message.ts";
export { Network, type AnswerNote, type FaultNote } from "./rule/network.ts";
export { withFleet, type FleetContext, type WithFleetOptions } from "./fleet/with-fleet.ts";
export { startHolder, type Holder, type HolderListener, type HolderOptions } from "./holder/holder.ts";
export type { HolderOrder, HolderView } from "./holder/line.ts";
export { recordLocks } from "./history/record-locks.ts";
export type { LatencyOptions } from "./rule/latency.ts";
export type { LostReplyOptions } from "./rule/lost-reply.ts";
export type { ResetOptions } from "./rule/reset-connections.ts";
export type { SliceOptions } from "./rule/slice.ts";
export type { SlowOptions } from "./rule/slow.ts";
export type { Fate, Rule, Verdict } from "./rule/verdict.ts";
export { fencingOrder } from "./check/fencing-order.ts";
export { lossBeforeNextHolder } from "./check/loss-before-next-holder.ts";
export { noOrphan } from "./check/no-orphan.ts";
export { progress, type ProgressOptions } from "./check/progress.ts";
export { mutualExclusion, type MutualExclusionResult, type OverlappingPair } from "./check/mutual-exclusion.ts";
export type { CheckResult, Events } from "./check/result.ts";
export type * from "./history/event.ts";
export { holdsOf, type Hold } from "./history/hold.ts";
export { LockHistory, type LockHistoryOptions } from "./history/lock-history.ts";
export type { AttemptRecorder, HoldRecorder, LockView } from "./history/recorder.ts";
export { memoryNodes, type MemoryNodes, type MemoryNodesOptions } from "./memory/memory-nodes.ts";
export type { SimServer, MemoryAfterRestart } from "./sim/server.ts";
export { drawPlan, type DrawOptions } from "./sim/draw.ts";
export type { Fault, Habits, OracleName, Plan, PlannedFault } from "./sim/plan.ts";
export { runPlan, type Outcome, type WorldOptions } from "./sim/world.ts";
export { shrink } from "./sim/shrink.ts";
export type { Violation } from "./sim/oracle/ledger.ts";
export { renderHtml } from "./report/html.ts";
export type { Breach, Story, Trouble, VoteMark } from "./report/story.ts";
export { storyOfRun } from "./report/story-of-run.ts";
export { renderTimeline } from "./report/timeline.ts";
export {
  describeNodeContract,
  type ContractOptions,
  type ContractRunner,
  type OwnedServer,
} from "./contract/describe-node-contract.ts";
export type { ContractNode } from "./contract/bench.ts";
export type { ContractServer } from "./contract/contract-server.ts";
export { scenarios } from "./scenarios/all.ts";
export { killedLeader } from "./scenarios/leader/killed-leader.ts";
export { permitScenarios } from "./scenarios/permits/all.ts";
export { sharedScenarios } from "./scenarios/shared/all.ts";
export { type Control, controlOf, type Scenario } from "./scenarios/scenario.ts";
export type { Rig, RigHold, RigHolder, RigNode, RigUser } from "./scenarios/rig/rig.ts";
export { Wire } from "./scenarios/rig/wire.ts";
export { playInSimulator } from "./scenarios/rig/simulated-rig.ts";
export { playOnServers } from "./scenarios/rig/real-rig.ts";
