/** The targets of this library, judged by one run. */
import type { PeerName } from "../peers/peers.ts";
import type { ContentionRow, Findings, SpeedRow } from "./rows.ts";
import { atLeast, atMost, type Target } from "./target.ts";

/** Only those whose figures this run has. */
export function judgeTargets(findings: Findings): Target[] {
  const targets = [
    ...speedTargets(findings),
    ...faultTargets(findings),
    ...holdingTargets(findings),
    ...contentionTargets(findings),
  ];
  return targets.filter(({ measured }) => !Number.isNaN(measured));
}

function speedTargets({ speed }: Findings): Target[] {
  const row = (peer: PeerName, callerCount: number): SpeedRow | undefined =>
    speed.find(
      (each) =>
        each.peer === peer &&
        each.callerCount === callerCount &&
        each.nodeCount === 5 &&
        each.resourcesPerLock === 1 &&
        each.condition === "healthy",
    );
  const ratio = (peer: PeerName, callerCount: number): number =>
    row(peer, callerCount)?.ratioToRedlock5?.median ?? Number.NaN;
  const p50 = (peer: PeerName): number => row(peer, 1)?.p50Ms ?? Number.NaN;
  return [
    ...(
      [
        [1, 1],
        [8, 2.5],
        [64, 7],
        [512, 7],
      ] as const
    ).map(([callerCount, bound]) =>
      atLeast(`cycles/s to redlock 5, fencing on, ${callerCount} callers`, bound, "x", ratio("ours", callerCount)),
    ),
    atLeast("cycles/s to redlock 5, fencing off, 64 callers", 10, "x", ratio("ours-unfenced", 64)),
    atMost("p50 to the raw ioredis fan-out, 1 caller", 1.15, "x", p50("ours") / p50("raw-fan-out")),
    atMost("client CPU a cycle, 64 callers", 20, " µs", row("ours", 64)?.clientCpuUsPerCycle ?? Number.NaN),
  ];
}

function faultTargets({ speed }: Findings): Target[] {
  const ours = speed.filter(({ peer }) => peer === "ours");
  return ours.flatMap((faulty) => {
    const healthy = ours.find(({ condition }) => condition === `healthy beside: ${faulty.condition}`);
    if (healthy === undefined || faulty.condition.includes("slow")) return [];
    return [
      atMost(
        `time a cycle to healthy, ${faulty.condition}`,
        1.3,
        "x",
        healthy.cyclesPerSecond.median / faulty.cyclesPerSecond.median,
      ),
      atMost(`p99 to healthy, ${faulty.condition}`, 1.3, "x", faulty.p99Ms / healthy.p99Ms),
    ];
  });
}

function holdingTargets({ holding }: Findings): Target[] {
  const row = holding.find(({ lockCount, nodeCount }) => lockCount === 10_000 && nodeCount === 5);
  if (row === undefined) return [];
  return [
    atMost("client CPU for 10 000 held locks", 10, " % of a core", row.clientCpuPercent),
    atMost("memory of a held lock", 2_048, " bytes", row.heapBytesPerLock),
    atMost("longest lateness of a renewal, 10 000 locks", 1_000, " ms", row.longestLatenessMs),
  ];
}

function contentionTargets({ contention }: Findings): Target[] {
  const rows = contention.filter((row) => row.holdMs === 1 && row.nodeCount === 3);
  const row = (peer: PeerName, processCount = 8): ContentionRow | undefined =>
    rows.find((each) => each.peer === peer && each.processCount === processCount);
  const [ours, semaphore] = [row("ours"), row("redis-semaphore")];
  if (ours === undefined || semaphore === undefined) return [];
  const peers = rows.filter(({ peer, processCount }) => !peer.startsWith("ours") && processCount === 8);
  const bestWaitMs = Math.min(...peers.map((each) => each.longestWaitMs));
  const perSecond = ours.handOffsPerSecond.median / semaphore.handOffsPerSecond.median;
  const growth = (row("ours", 32)?.longestWaitMs ?? Number.NaN) / ours.longestWaitMs;
  const to = (figure: (each: ContentionRow) => number): number => figure(ours) / figure(semaphore);
  const where = "8 processes, 1 ms, 3 nodes";
  return [
    atLeast(`hand-offs/s to redis-semaphore, ${where}`, 1, "x", perSecond),
    atMost(`longest wait to the best peer's, ${where}`, 0.2, "x", ours.longestWaitMs / bestWaitMs),
    atLeast(`Jain's index, ${where}`, 0.98, "", ours.jainIndex),
    atMost(
      `commands a hand-off to redis-semaphore, ${where}`,
      0.5,
      "x",
      to((each) => each.commandsPerHandOff),
    ),
    atMost(
      `round trips a hand-off to redis-semaphore, ${where}`,
      0.5,
      "x",
      to((each) => each.callsPerHandOff),
    ),
    atMost("longest wait of 32 processes to that of 8, 1 ms, 3 nodes", 4, "x", growth),
  ];
}
