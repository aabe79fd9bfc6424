/** The targets of this library, judged by one run. */
import type { Findings } from "./rows.ts";
import { atLeast, atMost, type Target } from "./target.ts";
import { contentionTargets, lineTargets } from "./targets-contention.ts";

/** Only those whose figures this run has. */
export function judgeTargets(findings: Findings): Target[] {
  const targets = [
    ...speedTargets(findings),
    ...faultTargets(findings),
    ...holdingTargets(findings),
    ...contentionTargets(findings),
    ...lineTargets(findings),
  ];
  return targets.filter(({ measured }) => !Number.isNaN(measured));
}

/** To node-redlock 5, of cycles and of the CPU of client and servers a cycle. */
const cyclePromises = [
  { callerCount: 1, resourcesPerLock: 1, leastRate: 0.9, mostCpu: 1.15 },
  { callerCount: 64, resourcesPerLock: 1, leastRate: 4, mostCpu: 0.3 },
  { callerCount: 64, resourcesPerLock: 16, leastRate: 1.5, mostCpu: undefined },
] as const;

function speedTargets({ speed }: Findings): Target[] {
  return cyclePromises.flatMap(({ callerCount, resourcesPerLock, leastRate, mostCpu }) => {
    const row = speed.find(
      (each) =>
        each.peer === "ours" &&
        each.callerCount === callerCount &&
        each.resourcesPerLock === resourcesPerLock &&
        each.nodeCount === 5 &&
        each.condition === "healthy",
    );
    const where = `${callerCount} callers, ${resourcesPerLock} resources each, 5 nodes`;
    const cpu = row?.cpuRatioToRedlock5?.median ?? Number.NaN;
    return [
      atLeast(`cycles/s to redlock 5, ${where}`, leastRate, "x", row?.ratioToRedlock5?.median ?? Number.NaN),
      ...(mostCpu === undefined ? [] : [atMost(`CPU of client and servers to redlock 5, ${where}`, mostCpu, "x", cpu)]),
    ];
  });
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
