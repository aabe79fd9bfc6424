/** What the restart guard knows of these nodes, and what it cannot know. */
import { showDuration } from "../../settings/duration.ts";
import { beginningOf } from "../../../core/uncounted.ts";
import type { FleetFacts, NodeFacts } from "../facts.ts";
import type { Finding } from "../finding.ts";

export interface GuardSummary {
  /** 0: off; `null`: on, and no TTL was given. */
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
  const known = nodes.filter((facts) => facts.memoryAgeMs !== undefined);
  const unknown = nodes.filter((facts) => facts.failure === undefined && facts.memoryAgeMs === undefined);
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

/** Where no TTL was given it is taken for no longer than this: a node whose memory is older is not reported. */
const longUsualMs = 60_000;

/** By the record of each node's memory, as a vote is counted by it: how long the server has run says nothing of a flush. */
export function checkGuard(fleet: FleetFacts): Finding[] {
  if (fleet.guardMs === 0) return [];
  const neededMs = (fleet.guardMs ?? longUsualMs) * 1.02;
  const young = fleet.nodes.filter(({ memoryAgeMs }) => (memoryAgeMs ?? neededMs) < neededMs);
  const causes = new Set(young.map(({ memoryCause }) => memoryCause));
  const votingCount = fleet.nodes.filter(({ failure }) => failure === undefined).length - young.length;
  return [...causes].map((cause) =>
    finding(
      young.filter(({ memoryCause }) => memoryCause === cause),
      fleet,
      neededMs,
      votingCount < fleet.quorum,
    ),
  );
}

/** `young`: whose memory began with one cause, and too recently. */
function finding(young: readonly NodeFacts[], { guardMs }: FleetFacts, neededMs: number, isBlocked: boolean): Finding {
  const begun = beginningOf(young[0]!.memoryCause ?? "");
  const began = begun.charAt(0).toUpperCase() + begun.slice(1);
  const ages = young.map(({ memoryAgeMs }) => memoryAgeMs ?? 0);
  const waitMs = neededMs - Math.min(...ages);
  return {
    severity: !isBlocked ? "notice" : guardMs === undefined ? "warning" : "error",
    code: "QUARANTINED",
    nodes: young.map(({ node }) => node),
    problem:
      guardMs === undefined
        ? unnamed(began, Math.max(...ages), isBlocked)
        : `${began} less than ${showDuration(guardMs)} ago: the restart guard does not count its votes for up to ` +
          `${showDuration(waitMs)} yet` +
          (isBlocked
            ? ", and without them no lock can be taken. A holder from before may still believe in its lock."
            : "."),
    remedy: "Wait; or use shorter TTLs; or sync every write to disk and assert durableNodes.",
  };
}

/** What is so for every TTL. */
function unnamed(began: string, oldestMs: number, isBlocked: boolean): string {
  return (
    `${began} ${showDuration(oldestMs)} ago or less: the restart guard does not count its votes for a lock with a longer ` +
    `TTL than that${isBlocked ? ", and without them no such lock can be taken yet" : ""}. Name your TTL (--ttl) to ` +
    "see for how long."
  );
}
