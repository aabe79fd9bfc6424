/**
 * Wall clocks. The lock does not compare them, but Redis ends keys by them: a clock that is off will be set right some
 * day, and a step forward ends every lock that has less time to live than the step.
 *
 * Which clock is right? Two that agree, of machines that know nothing of each other: this one and any node. Only where
 * this machine's agrees with none is it the one that is off. A majority of nodes alone proves nothing: they often run on
 * one host, or were set by one hand.
 */
import { showDuration } from "../../settings/duration.ts";
import type { FleetFacts, NodeFacts } from "../facts.ts";
import { about, type Finding } from "../finding.ts";

const noticedFromMs = 1_000;
/** Fencing tokens are made from the holder's clock, and refused from a day ahead of a node's. */
const DAY_MS = 86_400_000;

/** By how much a node's clock is ahead of the right time; `undefined` where it was not told. */
export function aheadMs(facts: NodeFacts, nodes: readonly NodeFacts[]): number | undefined {
  return facts.clock === undefined ? undefined : facts.clock.offsetMs - rightMs(nodes);
}

/** The right time, as this machine's clock would have to be set forward: 0 where a node agrees with it. */
function rightMs(nodes: readonly NodeFacts[]): number {
  const clocks = nodes.flatMap(({ clock }) => clock ?? []);
  const isOurs = clocks.some((clock) => Math.abs(clock.offsetMs) - clock.uncertaintyMs <= noticedFromMs);
  if (isOurs || clocks.length === 0) return 0;
  const offsets = clocks.map(({ offsetMs }) => offsetMs).toSorted((a, b) => a - b);
  return offsets[Math.floor((offsets.length - 1) / 2)]!;
}

export function checkClocks({ nodes, ttlMs }: FleetFacts): Finding[] {
  const isOff = (facts: NodeFacts): boolean =>
    Math.abs(aheadMs(facts, nodes) ?? 0) - (facts.clock?.uncertaintyMs ?? 0) > noticedFromMs;
  const off = nodes.filter(isOff).map((facts) => offFinding(facts, aheadMs(facts, nodes)!, ttlMs ?? DAY_MS));
  return [...off, ...ourClock(nodes)];
}

function offFinding({ node, clock }: NodeFacts, offsetMs: number, ttlMs: number): Finding {
  const size = showDuration(Math.abs(offsetMs));
  const isBehind = offsetMs < 0;
  const isRefusing = clock!.offsetMs < -DAY_MS;
  const effect = isRefusing
    ? "It refuses every fencing token that is made here, as too far ahead: it gives no vote."
    : isBehind
      ? `When it is set right in one step, its locks with less than ${size} to live end at once, while their holders go on.`
      : `When it is set back in one step, its locks live ${size} longer than they should.`;
  return {
    severity: isRefusing || Math.abs(offsetMs) >= ttlMs ? "error" : "warning",
    code: "CLOCK_OFF",
    nodes: [node],
    problem: `Its clock is ${size} ${isBehind ? "behind" : "ahead of"} the right time. ${effect}`,
    remedy: "Run chronyd or ntpd on it, slewing rather than stepping; take it out of use while you set its clock.",
  };
}

function ourClock(nodes: readonly NodeFacts[]): Finding[] {
  const oursAheadMs = -rightMs(nodes);
  if (Math.abs(oursAheadMs) <= noticedFromMs) return [];
  return about(nodes, ({ clock }) => clock !== undefined, {
    severity: oursAheadMs > DAY_MS ? "error" : "warning",
    code: "OUR_CLOCK_OFF",
    problem:
      `This machine's clock is ${showDuration(Math.abs(oursAheadMs))} ${oursAheadMs > 0 ? "ahead of" : "behind"} all ` +
      "nodes'. Fencing tokens are made from it: a holder a day ahead gets no lock at all.",
    remedy: "Run chronyd or ntpd on this machine.",
  });
}
