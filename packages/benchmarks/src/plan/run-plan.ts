/** Runs a plan from its first line to its last. */
import type {
  ContentionRow,
  CoordinationRow,
  Findings,
  HoldingRow,
  LineCostRow,
  PermitsRow,
  SettlingRow,
  SpeedRow,
  WaitingRow,
} from "../report/rows.ts";
import { runCoordination } from "../suites/coordination.ts";
import { runContests } from "../suites/contention.ts";
import { faults } from "../suites/faults.ts";
import { runFaultySpeed } from "../suites/faulty-speed.ts";
import { runHolding } from "../suites/holding.ts";
import { runPermits } from "../suites/permits.ts";
import { runSettling } from "../suites/settling.ts";
import { runLineCost } from "../suites/line-cost.ts";
import { runRounds, speedRows } from "../suites/speed.ts";
import { Stand } from "../suites/stand.ts";
import { runWaiting } from "../suites/waiting.ts";
import type { Plan, SpeedPlan } from "./plan.ts";

/** `tell` is told what is about to run. */
export async function runPlan(plan: Plan, tell: (what: string) => void): Promise<Findings> {
  const speed: SpeedRow[] = [];
  const holding: HoldingRow[] = [];
  const waiting: WaitingRow[] = [];
  const contention: ContentionRow[] = [];
  const permits: PermitsRow[] = [];
  const line: LineCostRow[] = [];
  const settling: SettlingRow[] = [];
  const coordination: CoordinationRow[] = [];
  for (const each of plan.speed) speed.push(...(await runSpeed(each, tell)));
  for (const { nodeCount, peers, fault, load, ...pace } of plan.faults) {
    tell(`${faults[fault].condition}, ${nodeCount} nodes`);
    speed.push(...(await runFaultySpeed(nodeCount, peers, faults[fault], load, pace)));
  }
  for (const each of plan.holding) {
    tell(`${each.lockCount} locks held, ${each.nodeCount} nodes`);
    holding.push(await runHolding(each));
  }
  for (const { nodeCount, peers, waiterCounts, durationMs } of plan.waiting) {
    tell(`${waiterCounts.join(", ")} waiters in one process, ${nodeCount} nodes`);
    waiting.push(...(await runWaiting(nodeCount, peers, waiterCounts, durationMs)));
  }
  for (const { nodeCount, networkMs, peers, contests } of plan.contention) {
    tell(`processes that compete for one resource, ${nodeCount} nodes, network of ${networkMs} ms`);
    contention.push(...(await runContests(nodeCount, networkMs, peers, contests)));
  }
  for (const { nodeCount, contests } of plan.permits) {
    tell(`processes that compete for some of K permits, ${nodeCount} nodes`);
    permits.push(...(await runPermits(nodeCount, contests)));
  }
  for (const { placeCounts, roundCount } of plan.line) {
    tell(`${placeCounts.join(", ")} places in a line`);
    line.push(...(await runLineCost(placeCounts, roundCount)));
  }
  for (const { nodeCount, peers, contenderCounts, raceCount } of plan.settling) {
    tell(`${contenderCounts.join(", ")} contenders that start at once, ${nodeCount} nodes`);
    settling.push(...(await runSettling(nodeCount, peers, contenderCounts, raceCount)));
  }
  for (const each of plan.coordination) coordination.push(...(await runCoordination(each, tell)));
  return { speed, holding, waiting, contention, permits, line, settling, coordination };
}

async function runSpeed(plan: SpeedPlan, tell: (what: string) => void): Promise<SpeedRow[]> {
  const { nodeCount, peers, loads, replyDelayMs } = plan;
  const isProxied = replyDelayMs !== undefined;
  const condition = isProxied ? `network of ${replyDelayMs} ms` : "healthy";
  const stand = await Stand.open({ nodeCount, peers, isProxied });
  try {
    if (isProxied) stand.fleet.net?.slow({ delayMs: replyDelayMs });
    const rows: SpeedRow[] = [];
    for (const load of loads) {
      tell(`${load.callerCount} callers, ${load.resourcesPerLock} resources a lock, ${nodeCount} nodes, ${condition}`);
      rows.push(...speedRows(await runRounds(stand, peers, load, plan), nodeCount, load, condition));
    }
    return rows;
  } finally {
    await stand.close();
  }
}
