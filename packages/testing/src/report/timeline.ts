/**
 * A run as text: what happened shortly before something went wrong, in true time, one line per event, with the faults
 * in force between them.
 */
import type { HistoryEvent } from "../history/event.ts";
import type { PlannedFault } from "../sim/plan.ts";
import type { Outcome } from "../sim/world.ts";

const BEFORE_MS = 3000;
const MOST_LINES = 80;

interface Line {
  readonly atMs: number;
  readonly text: string;
}

/** The last three seconds before the first violation, or before the end, a line per event. */
export function renderTimeline(outcome: Outcome): string {
  const endMs = outcome.violations[0]?.atMs ?? outcome.simulatedMs;
  const lines: Line[] = [
    ...outcome.plan.faults.flatMap(faultLines),
    ...outcome.history.map((event) => ({ atMs: event.monotonicMs, text: describeEvent(event) })),
    ...outcome.violations.map(({ atMs, oracle, detail }) => ({ atMs, text: `>>> ${oracle}: ${detail}` })),
  ];
  const shown = lines
    .filter(({ atMs }) => atMs >= endMs - BEFORE_MS && atMs <= endMs + 1)
    .sort((a, b) => a.atMs - b.atMs)
    .slice(-MOST_LINES);
  return shown.map(({ atMs, text }) => `${atMs.toFixed(3).padStart(12)}  ${text}`).join("\n");
}

function faultLines({ atMs, durationMs, fault }: PlannedFault): Line[] {
  const { kind, ...details } = fault;
  const text = `${kind} ${JSON.stringify(details)}`;
  return [
    { atMs, text: `!!! ${text}` },
    { atMs: atMs + durationMs, text: `    end of ${text}` },
  ];
}

function describeEvent(event: HistoryEvent): string {
  switch (event.kind) {
    case "attempted":
      return `${event.attempt} asks for ${event.resources.join("+")}`;
    case "refused":
      return `${event.attempt} gives up: ${event.reason}`;
    case "granted":
    case "extended": {
      const fence = event.fencingToken === undefined ? "" : ` fence ${event.fencingToken}`;
      const validity = `valid until ${event.validUntilMs.toFixed(3)}`;
      return `${event.attempt} ${event.kind} ${event.resources.join("+")} token ${event.token.slice(0, 6)}${fence}, ${validity}`;
    }
    case "lost":
    case "released":
      return `${event.attempt} ${event.kind} ${event.resources.join("+")} token ${event.token.slice(0, 6)}`;
    case "died":
      return `${event.holder} is killed`;
    case "inspected":
      return `node ${event.node} keeps ${event.found.map(({ resource, token }) => `${resource}=${token.slice(0, 6)}`).join(" ")}`;
    case "disturbed":
      return `disturbed: ${event.cause}`;
    case "calmed":
      return "all faults are over";
  }
}
