/**
 * One master as the algorithm sees it: for adapters of other client libraries, and for simulators that stand in for
 * one.
 */
export type {
  Granted,
  Holder,
  LockMode,
  NodeEvidence,
  Refused,
  RefusedHeld,
  RefusedLost,
  RefusedStale,
  SharedHolder,
  Unknown,
  UnknownReason,
  Vote,
} from "../core/vote.ts";
export type { ClockReading, Runtime, Timer } from "../runtime/runtime.ts";
export type { Answer, BatchReply, Connection, ConnectionListener, ReplyCallback } from "./connection.ts";
export { connectNodes, type NodeAddress } from "./adapt.ts";
export { createNode } from "./batching-node.ts";
export { notWritten } from "./decode.ts";
export { encodeOperations } from "./encode.ts";
export { type AskedLife, KnownServer } from "./known-server.ts";
export { isLifeRecord, lifeRecordKey } from "./life-record.ts";
export type { Node, NodeListener, NodeState, NoticeListener, VoteReceiver } from "./node.ts";
export { besideKey, fenceKey, releaseChannel } from "./keys.ts";
export { NOTICE } from "./operation.ts";
export type {
  AcquireOperation,
  ExtendOperation,
  HealOperation,
  InspectOperation,
  LinePlace,
  LineRank,
  NoticeOperation,
  Operation,
  PermitsTerms,
  ReleaseOperation,
  ShareOperation,
} from "./operation.ts";
export { scriptSha1, scriptText } from "../lua/script.ts";
export { systemRuntime } from "../runtime/system.ts";
