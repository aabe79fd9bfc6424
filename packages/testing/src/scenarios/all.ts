/** The scenarios of a lock that one holds alone; and by its id any that there is. */
import { allForget } from "./all-forget.ts";
import { clockSteps } from "./clock-steps.ts";
import { crowd } from "./crowd.ts";
import { cutOffHolder } from "./cut-off-holder.ts";
import { deadAndHung } from "./dead-and-hung.ts";
import { deletedKey, deletedKeys } from "./deleted-keys.ts";
import { durableNode } from "./durable-node.ts";
import { failedRelease } from "./failed-release.ts";
import { firstCome } from "./first-come.ts";
import { forgetfulNode, forgetfulNodeUnguarded } from "./forgetful-node.ts";
import { ghostLock } from "./ghost-lock.ts";
import { givingUp } from "./giving-up.ts";
import { abortAsGiven, cutOffReceiver, splitGrant } from "./given-away.ts";
import { handedOver } from "./handed-over.ts";
import { keptAlive } from "./kept-alive.ts";
import { killedLeader } from "./leader/killed-leader.ts";
import { killedHolder } from "./killed-holder.ts";
import { lateRelease } from "./late-release.ts";
import { longestHold } from "./longest-hold.ts";
import { lostCall } from "./lost-call.ts";
import { nearNodes } from "./near-nodes.ts";
import { noSmallerQuorum } from "./no-smaller-quorum.ts";
import { nodeClockAhead } from "./node-clock-ahead.ts";
import { oppositeOrders } from "./opposite-orders.ts";
import { ownLeftovers } from "./own-leftovers.ts";
import { releaseDuringExtend } from "./release-during-extend.ts";
import { broughtBack } from "./brought-back.ts";
import { permitScenarios } from "./permits/all.ts";
import { risingTokens } from "./rising-tokens.ts";
import { saysWhy } from "./says-why.ts";
import type { Scenario } from "./scenario.ts";
import { sharedScenarios } from "./shared/all.ts";
import { slots } from "./slots.ts";
import { stoppedHolder } from "./stopped-holder.ts";
import { thirtyDays } from "./thirty-days.ts";
import { tieOfFour } from "./tie-of-four.ts";
import { tooLate } from "./too-late.ts";

/** In the order of their ids. */
export const scenarios: readonly Scenario[] = [
  saysWhy,
  noSmallerQuorum,
  tieOfFour,
  deadAndHung,
  tooLate,
  ownLeftovers,
  ghostLock,
  nearNodes,
  crowd,
  lateRelease,
  failedRelease,
  releaseDuringExtend,
  deletedKey,
  deletedKeys,
  keptAlive,
  killedHolder,
  cutOffHolder,
  stoppedHolder,
  thirtyDays,
  clockSteps,
  nodeClockAhead,
  longestHold,
  givingUp,
  handedOver,
  lostCall,
  firstCome,
  splitGrant,
  cutOffReceiver,
  abortAsGiven,
  oppositeOrders,
  risingTokens,
  forgetfulNode,
  forgetfulNodeUnguarded,
  broughtBack,
  durableNode,
  allForget,
  slots,
];

const all = [...scenarios, ...sharedScenarios, ...permitScenarios, killedLeader];

/** By one of its ids, e.g. "C10". */
export function scenarioNamed(id: string): Scenario {
  const scenario = all.find((candidate) => candidate.id.split(", ").includes(id));
  if (scenario !== undefined) return scenario;
  throw new RangeError(`no scenario ${id}; there are: ${all.map((known) => known.id).join("; ")}`);
}
