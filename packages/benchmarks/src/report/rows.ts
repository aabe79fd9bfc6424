/** What the benchmarks found: the content of the JSON file. */
import type { Spread } from "../measure/spread.ts";
import type { PeerName } from "../peers/peers.ts";

/** Acquire and release in a loop. */
export interface SpeedRow {
  readonly peer: PeerName;
  readonly nodeCount: number;
  readonly callerCount: number;
  readonly resourcesPerLock: number;
  /** "healthy", or what is wrong with which node. */
  readonly condition: string;
  readonly roundCount: number;
  readonly cyclesPerSecond: Spread;
  /** Per round, to node-redlock 5 in the same round; null where it did not run. */
  readonly ratioToRedlock5: Spread | null;
  /** The same of the CPU of client and servers a cycle. */
  readonly cpuRatioToRedlock5: Spread | null;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly longestMs: number;
  readonly clientCpuUsPerCycle: number;
  readonly serverCpuUsPerCycle: number;
  /** Commands that the client sent, a script call being one. */
  readonly callsPerCycle: number;
  /** Commands that the servers ran, also inside scripts. */
  readonly commandsPerCycle: number;
  readonly bytesInPerCycle: number;
  readonly bytesOutPerCycle: number;
  readonly failureCount: number;
  readonly hungCount: number;
  /** Cycles for which no quorum of nodes had set the keys and deleted them again. */
  readonly unprovedCount: number;
  readonly leftKeyCount: number;
}

/** Locks that are held, not taken and released. */
export interface HoldingRow {
  readonly peer: PeerName;
  readonly nodeCount: number;
  readonly lockCount: number;
  readonly ttlMs: number;
  readonly heldCount: number;
  readonly lostCount: number;
  /** Of one core. */
  readonly clientCpuPercent: number;
  readonly serverCpuPercent: number;
  readonly heapBytesPerLock: number;
  readonly serverBytesPerLockAndNode: number;
  readonly extendsPerSecond: number;
  /** Script calls per second and node. */
  readonly roundTripsPerSecondAndNode: number;
  readonly longestLatenessMs: number;
  readonly acquiresPerSecond: number;
}

/** Processes that compete for one resource. */
export interface ContentionRow {
  readonly peer: PeerName;
  readonly nodeCount: number;
  /** What the network takes, one way. */
  readonly networkMs: number;
  readonly processCount: number;
  readonly holdMs: number;
  readonly roundCount: number;
  readonly handOffsPerSecond: Spread;
  readonly waitP50Ms: number;
  readonly waitP99Ms: number;
  /** Of all rounds. */
  readonly longestWaitMs: number;
  /** Round by round: one disturbance of the machine makes one long wait. */
  readonly longestWaitOfRoundMs: Spread;
  readonly jainIndex: number;
  /** Commands that the clients sent, a script call being one: round trips. */
  readonly callsPerHandOff: number;
  /** Commands that the servers ran by their own account, also inside scripts. */
  readonly commandsPerHandOff: number;
  readonly clientCpuUsPerHandOff: number;
  readonly serverCpuUsPerHandOff: number;
  readonly overlapCount: number;
  readonly failureCount: number;
  readonly hungCount: number;
}

/** Processes that compete for one of K permits. A ratio is to ours in the same round: below 1 is less than ours. */
export interface PermitsRow {
  readonly peer: PeerName;
  readonly nodeCount: number;
  readonly permits: number;
  readonly processCount: number;
  readonly holdMs: number;
  readonly roundCount: number;
  readonly acquiresPerSecond: Spread;
  readonly speedRatioToOurs: Spread;
  /** Of all rounds. */
  readonly longestWaitMs: number;
  readonly waitRatioToOurs: Spread;
  readonly clientCpuUsPerAcquire: number;
  /** Of all servers, also where a peer asks one only. */
  readonly serverCpuUsPerAcquire: number;
  /** Of client and servers together. */
  readonly cpuRatioToOurs: Spread;
  /** How many were inside at one time, by the clock that all processes share. */
  readonly mostAtOnce: number;
  /** How often somebody came in while K were inside. */
  readonly tooManyCount: number;
  readonly failureCount: number;
  readonly hungCount: number;
}

/** Contenders that start at one moment, until one of them has won. */
export interface SettlingRow {
  readonly peer: PeerName;
  readonly nodeCount: number;
  readonly contenderCount: number;
  readonly raceCount: number;
  /** In how many races the winner won its first round, its second, ... */
  readonly winsByRound: readonly number[];
  readonly unsettledCount: number;
  /** From the start to the first winner. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly longestMs: number;
  /** Races with more than one holder. */
  readonly overlapCount: number;
}

/** One script call, and how long it keeps its server busy while so many stand in the line. */
export interface LineCostRow {
  readonly call: string;
  readonly placeCount: number;
  readonly roundCount: number;
  readonly serverUsPerCall: Spread;
}

/** Callers of one process that wait for what somebody else holds. */
export interface WaitingRow {
  readonly peer: PeerName;
  readonly nodeCount: number;
  readonly waiterCount: number;
  /** Of one core. */
  readonly clientCpuPercent: number;
  readonly serverCpuPercent: number;
  readonly callsPerSecond: number;
  readonly heapBytesPerWaiter: number;
}

/** What one round of cycles gave; CPU is that of client and servers together. */
export interface CyclesOf {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuUs: number;
}

export interface HandOffsOf {
  readonly perSecond: number;
  readonly longestWaitMs: number;
  readonly jainIndex: number;
  readonly cpuUs: number;
}

/** One service that locks, beside the others: of each part the median round. */
export interface CoordinationRow {
  readonly peer: PeerName;
  readonly label: string;
  readonly oneCaller: CyclesOf;
  readonly manyCallers: CyclesOf;
  readonly contention: HandOffsOf;
  /** From when the holder was stopped until the next one was in. */
  readonly pausedHolderMs: number;
  /** While a member was killed. */
  readonly longestGapMs: number;
  readonly overlapCount: number;
}

export interface Findings {
  readonly speed: readonly SpeedRow[];
  readonly holding: readonly HoldingRow[];
  readonly waiting: readonly WaitingRow[];
  readonly contention: readonly ContentionRow[];
  readonly permits: readonly PermitsRow[];
  readonly line: readonly LineCostRow[];
  readonly settling: readonly SettlingRow[];
  readonly coordination: readonly CoordinationRow[];
}

/** Of a run in which nothing was measured. */
export const emptyFindings: Findings = {
  speed: [],
  holding: [],
  waiting: [],
  contention: [],
  permits: [],
  line: [],
  settling: [],
  coordination: [],
};
