/** What the restart guard knows of these nodes, and what it cannot know. */
import { showDuration } from "../../settings/duration.ts";
import { uptimeMs, type FleetFacts } from "../facts.ts";
import type { Finding } from "../finding.ts";

export interface GuardSummary {
  /** 0: off. */
  readonly guardMs: number;
  readonly knownNodes: readonly string[];
  readonly unknownNodes: readonly string[];
  /** For people. */
  readonly text: string;
}

const limits =
  "It cannot see FLUSHALL, a backup loaded into a running server, or a forward step of a node's clock within its own time.";

export function summariseGuard({ nodes, guardMs, durableNodes }: FleetFacts): GuardSummary {
  const known = nodes.filter((facts) => uptimeMs(facts) !== undefined);
  const unknown = nodes.filter((facts) => facts.failure === undefined && uptimeMs(facts) === undefined);
  const text =
    guardMs === 0
      ? `Restart guard: off, ${durableNodes ? "because durableNodes is asserted" : "as asked"}.`
      : `Restart guard: a node's votes count ${showDuration(guardMs)} after its start. It knows the start of ` +
        `${known.length} of ${nodes.length} nodes. ${limits}`;
  return { guardMs, knownNodes: known.map(({ node }) => node), unknownNodes: unknown.map(({ node }) => node), text };
}

export function checkGuard({ nodes, guardMs, quorum }: FleetFacts): Finding[] {
  if (guardMs === 0) return [];
  const waitMs = (uptime: number | undefined): number => Math.max(0, guardMs - (uptime ?? guardMs));
  const young = nodes.filter((facts) => waitMs(uptimeMs(facts)) > 0);
  if (young.length === 0) return [];
  const votingCount = nodes.filter(({ failure }) => failure === undefined).length - young.length;
  const longestMs = Math.max(...young.map((facts) => waitMs(uptimeMs(facts))));
  const isBlocked = votingCount < quorum;
  return [
    {
      severity: isBlocked ? "error" : "notice",
      code: "KEPT_OUT",
      nodes: young.map(({ node }) => node),
      problem:
        `Started less than ${showDuration(guardMs)} ago: the restart guard does not count its votes for up to ` +
        `${showDuration(longestMs)} yet${isBlocked ? ", and without them no lock can be taken" : ""}.`,
      remedy: "Wait; or use shorter TTLs; or sync every write to disk and assert durableNodes.",
    },
  ];
}
