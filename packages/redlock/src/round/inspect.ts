/** Who holds a resource, as each node sees it. Changes nothing. */
import { labelOf } from "../core/token.ts";
import type { LockMode, SharedHolder } from "../core/vote.ts";
import type { InspectOperation } from "../node/operation.ts";
import { defaultNodeTimeoutMs } from "../options/rows.ts";
import type { NodeSet } from "./nodes.ts";
import { Round } from "./round.ts";
import { nodeVotes } from "../errors/node-votes.ts";

/** One of those who hold a resource together. */
export interface HolderView {
  readonly token: string;
  readonly label: string | undefined;
  /** How long its hold still lives, in milliseconds. */
  readonly remainingMs: number;
  /** Of permits, which; else empty. */
  readonly permits: readonly number[];
}

/** One node's view of a resource. */
export interface NodeView {
  readonly node: string;
  /** Whether the node answered; if not, `detail` says why and the rest is unknown. */
  readonly answered: boolean;
  /** The holder's token; `undefined` when free. */
  readonly token: string | undefined;
  /** The holder's label; `undefined` when free, or where the holder has none: another library's, for one. */
  readonly label: string | undefined;
  /** How long the key still lives, in milliseconds: 0 when free, Infinity when it has no TTL. */
  readonly remainingMs: number;
  /** The highest fencing token the node remembers; `undefined` when none. */
  readonly fencingToken: number | undefined;
  /** How many stand in the node's line; who waits with `fair: false` does not. */
  readonly waiterCount: number;
  /** How it is held; "exclusive" also when it is free. */
  readonly mode: LockMode;
  /** Who holds it together; empty in the mode "exclusive". */
  readonly holders: readonly HolderView[];
  /** For how long the node has kept its memory, at least: of locks from before it may know nothing; `undefined`: unknown. */
  readonly memoryAgeMs: number | undefined;
  readonly detail: string;
}

/**
 * - held: one token is on a quorum of nodes.
 * - free: no token can be on a quorum, and enough nodes are free for a new one.
 * - split: several contenders, none with a quorum; that lasts a moment, or as long as `remainingMs`.
 * - unknown: too few nodes answered to tell.
 */
export type Verdict = "held" | "free" | "split" | "unknown";

/** What all nodes together say about one resource, at about one moment: no node was asked twice. */
export interface Inspection {
  readonly resource: string;
  readonly verdict: Verdict;
  /** The token that a quorum of nodes holds; `undefined` unless held. */
  readonly token: string | undefined;
  /** The label of the holder; `undefined` without a holder, or when it has none. */
  readonly label: string | undefined;
  /** In how long at most enough nodes are free, if the holder does not extend; 0 when they are. */
  readonly remainingMs: number;
  readonly nodes: readonly NodeView[];
}

/** An inspect waits as long for a node as a lock of this TTL would, unless nodeTimeoutMs says otherwise. */
const USUAL_TTL_MS = 10_000;

/** Waits for every node, or the node timeout. Never rejects. Who answers has also told who it is, and that is remembered. */
export function inspectResource(set: NodeSet, resource: string): Promise<Inspection> {
  const { keyPrefix, nodeTimeoutMs: timeoutMs = defaultNodeTimeoutMs(USUAL_TTL_MS) } = set.options;
  const operation: InspectOperation = { kind: "inspect", keys: [keyPrefix + resource] };
  return new Promise((resolve) => {
    const round = new Round(
      set,
      {
        onVote(_round, node, vote) {
          if (vote.evidence !== undefined) set.identify(node, vote.evidence);
          return vote;
        },
        onDecided() {
          const nodes = viewNodes(round);
          if (nodes.filter((view) => view.answered).length >= set.quorum) set.independence.prove();
          resolve(judge(resource, nodes, set.quorum));
        },
      },
      Infinity,
    );
    round.askAll(operation, timeoutMs);
  });
}

function viewNodes(round: Round): NodeView[] {
  return nodeVotes(round.report()).map(({ node, reason, detail }, index) => {
    const vote = round.votes[index];
    const holder = vote?.outcome === "granted" ? vote.holders?.[0] : undefined;
    return {
      node,
      answered: holder !== undefined,
      token: holder?.token,
      label: holder?.token === undefined ? undefined : labelOf(holder.token),
      remainingMs: holder?.remainingMs ?? 0,
      fencingToken: holder === undefined || holder.fence === 0 ? undefined : holder.fence,
      waiterCount: holder?.waiterCount ?? 0,
      mode: holder?.mode ?? "exclusive",
      holders: holder === undefined ? [] : holder.holders.map(viewHolder),
      memoryAgeMs: vote?.outcome === "granted" ? vote.evidence.memoryAgeMs : undefined,
      detail: holder === undefined ? `${reason}${detail === "" ? "" : `: ${detail}`}` : "",
    };
  });
}

function viewHolder({ token, remainingMs, slots }: SharedHolder): HolderView {
  return { token, label: labelOf(token), remainingMs, permits: slots };
}

function judge(resource: string, nodes: readonly NodeView[], quorum: number): Inspection {
  const answered = nodes.filter((view) => view.answered);
  const counts = new Map<string, number>();
  for (const { token } of answered) if (token !== undefined) counts.set(token, (counts.get(token) ?? 0) + 1);
  const holder = [...counts].find(([, count]) => count >= quorum)?.[0];
  const silentCount = nodes.length - answered.length;
  const mostCount = Math.max(0, ...counts.values());
  const freeCount = answered.filter((view) => view.token === undefined).length;
  let verdict: Verdict = "split";
  if (holder !== undefined) verdict = "held";
  else if (answered.length < quorum || mostCount + silentCount >= quorum) verdict = "unknown";
  else if (freeCount >= quorum) verdict = "free";
  const waits = answered.map((view) => view.remainingMs).toSorted((a, b) => a - b);
  const label = holder === undefined ? undefined : labelOf(holder);
  return { resource, verdict, token: holder, label, remainingMs: waits[quorum - 1] ?? Infinity, nodes };
}
