/** What the restart guard knows of these nodes, and what it cannot know. */
import { showDuration } from "../../settings/duration.ts";
import { memoryAgeMs, uptimeMs, type FleetFacts, type NodeFacts } from "../facts.ts";
import type { Finding } from "../finding.ts";

export interface GuardSummary {
  /** 0: off; `null`: on, for a TTL that nobody named. */
  readonly guardMs: number | null;
  readonly knownNodes: readonly string[];
  readonly unknownNodes: readonly string[];
  /** For people. */
  readonly text: string;
}

const limits =
  "It cannot see keys that are deleted one by one, a server that comes back to its address after another one stood there, or " +
  "a forward step of a node's clock within its own time.";

export function summariseGuard({ nodes, guardMs, durableNodes }: FleetFacts): GuardSummary {
  const known = nodes.filter((facts) => memoryAgeMs(facts) !== undefined);
  const unknown = nodes.filter((facts) => facts.failure === undefined && memoryAgeMs(facts) === undefined);
  const text =
    guardMs === 0
      ? `Restart guard: off, ${durableNodes ? "because durableNodes is asserted" : "as asked"}.`
      : `Restart guard: a node's votes count ${guardMs === undefined ? "one TTL" : showDuration(guardMs)} after it was first asked since its ` +
        `start, promotion or flush. It knows that of ${known.length} of ${nodes.length} nodes. ${limits}`;
  return {
    guardMs: guardMs ?? null,
    knownNodes: known.map(({ node }) => node),
    unknownNodes: unknown.map(({ node }) => node),
    text,
  };
}

/** A TTL that nobody named may be as long as this: a node that is older is not worth a word. */
const longUsualMs = 60_000;

export function checkGuard({ nodes, guardMs, quorum }: FleetFacts): Finding[] {
  if (guardMs === 0) return [];
  const neededMs = (guardMs ?? longUsualMs) * 1.02;
  const waitMs = (ageMs: number | undefined): number => Math.max(0, neededMs - (ageMs ?? neededMs));
  const young = nodes.filter((facts) => waitMs(memoryAgeMs(facts)) > 0);
  if (young.length === 0) return [];
  const votingCount = nodes.filter(({ failure }) => failure === undefined).length - young.length;
  const isBlocked = votingCount < quorum;
  const effect =
    guardMs === undefined
      ? unnamed(young, isBlocked)
      : `${beginning(young, guardMs)} less than ${showDuration(guardMs)} ago: the restart guard does not count its votes for up to ` +
        `${showDuration(Math.max(...young.map((facts) => waitMs(memoryAgeMs(facts)))))} yet` +
        (isBlocked
          ? ", and without them no lock can be taken. A holder from before may still believe in its lock."
          : ".");
  return [
    {
      severity: !isBlocked ? "notice" : guardMs === undefined ? "warning" : "error",
      code: "QUARANTINED",
      nodes: young.map(({ node }) => node),
      problem: effect,
      remedy: "Wait; or use shorter TTLs; or sync every write to disk and assert durableNodes.",
    },
  ];
}

function beginning(young: readonly NodeFacts[], sinceMs: number): string {
  const isStarted = young.every((facts) => (uptimeMs(facts) ?? Infinity) < sinceMs);
  return isStarted ? "Started" : "New to locks, flushed, promoted or started";
}

/** What is so for every TTL. */
function unnamed(young: readonly NodeFacts[], isBlocked: boolean): string {
  const oldestMs = Math.max(...young.map((facts) => memoryAgeMs(facts) ?? 0));
  return (
    `${beginning(young, longUsualMs)} ${showDuration(oldestMs)} ago or less: the restart guard does not count its votes for a lock with a longer ` +
    `TTL than that${isBlocked ? ", and without them no such lock can be taken yet" : ""}. Name your TTL (--ttl) to ` +
    "see for how long."
  );
}
