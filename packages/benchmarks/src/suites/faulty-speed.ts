/** Cycles while one node is broken, beside cycles of the same peers on the same fleet while none is. */
import type { PeerName } from "../peers/peers.ts";
import type { SpeedRow } from "../report/rows.ts";
import { faultyNode, type Fault } from "./faults.ts";
import { runRounds, speedRows, type Load, type Pace, type Rounds } from "./speed.ts";
import { Stand } from "./stand.ts";

/** Until it has been noticed: the first moments are a stall of one node timeout, not the state that lasts. */
const noticedAfterMs = 500;

export async function runFaultySpeed(
  nodeCount: number,
  peers: readonly PeerName[],
  fault: Fault,
  load: Load,
  pace: Pace,
): Promise<SpeedRow[]> {
  const stand = await Stand.open({ nodeCount, peers, isProxied: fault.isProxied });
  try {
    const before = await runRounds(stand, peers, load, pace);
    const mend = await fault.inflict(stand.fleet);
    if (!fault.isNodeReachable) stand.silentNodes = [faultyNode];
    // Every peer meets the fault before it counts.
    await runRounds(stand, peers, load, { roundCount: 1, durationMs: noticedAfterMs });
    const during = await runRounds(stand, peers, load, pace);
    await mend();
    stand.silentNodes = [];
    const after = await runRounds(stand, peers, load, pace);
    const healthy = joined(before, after);
    const way = fault.isProxied ? " (through a proxy)" : "";
    return [
      ...speedRows(healthy, nodeCount, load, `healthy beside: ${fault.condition}${way}`),
      ...speedRows(during, nodeCount, load, fault.condition + way),
    ];
  } finally {
    await stand.close();
  }
}

function joined(first: Rounds, second: Rounds): Rounds {
  return new Map([...first].map(([peer, measured]) => [peer, [...measured, ...(second.get(peer) ?? [])]]));
}
