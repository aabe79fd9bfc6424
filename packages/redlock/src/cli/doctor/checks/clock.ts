/**
 * Wall clocks. The lock does not compare them, but Redis ends keys by them: a clock that is off will be set right some
 * day, and a step forward ends every lock that has less time to live than the step.
 */
import { showDuration } from "../../settings/duration.ts";
import type { FleetFacts, NodeFacts } from "../facts.ts";
import { about, type Finding } from "../finding.ts";

const noticedFromMs = 1_000;
const DAY_MS = 86_400_000;

/** By how much a node's clock is ahead of the nodes' median; `undefined` where it was not told. */
export function aheadMs(facts: NodeFacts, nodes: readonly NodeFacts[]): number | undefined {
  return facts.clock === undefined ? undefined : facts.clock.offsetMs - medianOffsetMs(nodes);
}

function medianOffsetMs(nodes: readonly NodeFacts[]): number {
  const offsets = nodes.flatMap(({ clock }) => clock?.offsetMs ?? []).toSorted((a, b) => a - b);
  return offsets[Math.floor((offsets.length - 1) / 2)] ?? 0;
}

export function checkClocks({ nodes, ttlMs }: FleetFacts): Finding[] {
  const offBy = (facts: NodeFacts): number => {
    const offsetMs = Math.abs(aheadMs(facts, nodes) ?? 0);
    return offsetMs - (facts.clock?.uncertaintyMs ?? 0) > noticedFromMs ? offsetMs : 0;
  };
  const off = nodes.filter((facts) => offBy(facts) > 0);
  return [...off.map((facts) => offFinding(facts, aheadMs(facts, nodes)!, ttlMs)), ...ourClock(nodes)];
}

function offFinding({ node }: NodeFacts, offsetMs: number, ttlMs: number): Finding {
  const size = showDuration(Math.abs(offsetMs));
  const isBehind = offsetMs < 0;
  return {
    severity: Math.abs(offsetMs) >= ttlMs ? "error" : "warning",
    code: "CLOCK_OFF",
    nodes: [node],
    problem:
      `Its clock is ${size} ${isBehind ? "behind" : "ahead of"} the other nodes' (median). ` +
      (isBehind
        ? `When it is set right in one step, its locks with less than ${size} to live end at once, while their holders go on.`
        : `When it is set back in one step, its locks live ${size} longer than they should.`),
    remedy: "Run chronyd or ntpd on it, slewing rather than stepping; take it out of use while you set its clock.",
  };
}

/** Fencing tokens are made from the holder's clock, and refused when a day ahead of a node's. */
function ourClock(nodes: readonly NodeFacts[]): Finding[] {
  const oursAheadMs = -medianOffsetMs(nodes);
  if (Math.abs(oursAheadMs) <= noticedFromMs) return [];
  return about(nodes, ({ clock }) => clock !== undefined, {
    severity: oursAheadMs > DAY_MS ? "error" : "warning",
    code: "OUR_CLOCK_OFF",
    problem:
      `This machine's clock is ${showDuration(Math.abs(oursAheadMs))} ${oursAheadMs > 0 ? "ahead of" : "behind"} the nodes'. ` +
      "Fencing tokens are made from it: a holder a day ahead gets no lock at all.",
    remedy: "Run chronyd or ntpd on this machine.",
  });
}
