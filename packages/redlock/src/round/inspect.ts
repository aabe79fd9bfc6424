/** Who holds a resource, as each node sees it. Changes nothing. */
import { agreedNumbers } from "../core/permits.ts";
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
  /** How long its hold still lives, in milliseconds; Infinity when a key has no TTL. */
  readonly remainingMs: number;
  /** Of permits, which; else empty. Of all nodes together: what a quorum of them gave, empty where they gave different ones. */
  readonly permits: readonly number[];
}

/** One node's view of a resource. */
export interface NodeView {
  readonly node: string;
  /** Whether the node answered; if not, `detail` says why and the rest is unknown. */
  readonly answered: boolean;
  /** The exclusive holder's token; `undefined` when free, or held by several together. */
  readonly token: string | undefined;
  /** The exclusive holder's label; `undefined` when it has none: another library's, for one. */
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
 * - held: one token is on a quorum of nodes, or several that hold it together.
 * - free: no token can be on a quorum, and enough nodes are free for a new one.
 * - split: several contenders, none with a quorum; that lasts a moment, or as long as `remainingMs`.
 * - unknown: too few nodes answered to tell.
 */
export type Verdict = "held" | "free" | "split" | "unknown";

/** What all nodes together say about one resource, at about one moment: no node was asked twice. */
export interface Inspection {
  readonly resource: string;
  readonly verdict: Verdict;
  /** The token that a quorum of nodes holds exclusively; `undefined` unless it does. */
  readonly token: string | undefined;
  /** The label of the exclusive holder; `undefined` without one, or when it has none. */
  readonly label: string | undefined;
  /** How it is held; "exclusive" also when it is free, or that is not known. */
  readonly mode: LockMode;
  /** Who holds it together, each on a quorum of nodes; empty in the mode "exclusive". */
  readonly holders: readonly HolderView[];
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
          if (vote.evidence !== undefined) set.independence.identify(node, vote.evidence);
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
    // In the other modes the lock key holds no token, but how it is held.
    const token = holder?.mode === "exclusive" ? holder.token : undefined;
    return {
      node,
      answered: holder !== undefined,
      token,
      label: token === undefined ? undefined : labelOf(token),
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

/** One who holds it on one node, alone or together with others. */
interface Hold extends HolderView {
  readonly mode: LockMode;
}

function holdsOn({ mode, token, label, remainingMs, holders }: NodeView): Hold[] {
  if (token === undefined) return holders.map((holder) => ({ ...holder, mode }));
  return [{ mode, token, label, remainingMs, permits: [] }];
}

function judge(resource: string, nodes: readonly NodeView[], quorum: number): Inspection {
  const answered = nodes.filter((view) => view.answered);
  const byToken = new Map<string, Hold[]>();
  for (const hold of answered.flatMap(holdsOn)) {
    byToken.set(hold.token, [...(byToken.get(hold.token) ?? []), hold]);
  }
  const holds = [...byToken.values()];
  const held = holds.filter((each) => each.length >= quorum).map((each) => together(each, quorum));
  const alone = held.find(({ mode }) => mode === "exclusive");
  const silentCount = nodes.length - answered.length;
  const mostCount = Math.max(0, ...holds.map((each) => each.length));
  const freeCount = answered.filter((view) => holdsOn(view).length === 0).length;
  let verdict: Verdict = "split";
  if (held.length > 0) verdict = "held";
  else if (answered.length < quorum || mostCount + silentCount >= quorum) verdict = "unknown";
  else if (freeCount >= quorum) verdict = "free";
  const waits = answered.map((view) => view.remainingMs).toSorted((a, b) => a - b);
  return {
    resource,
    verdict,
    token: alone?.token,
    label: alone?.label,
    mode: held[0]?.mode ?? "exclusive",
    holders: alone === undefined ? held.map(({ mode: _mode, ...holder }) => holder) : [],
    remainingMs: waits[quorum - 1] ?? Infinity,
    nodes,
  };
}

/** One holder as a quorum of nodes sees it. A node that was not told yet of `share()` still has it as exclusive. */
function together(holds: readonly Hold[], quorum: number): Hold {
  const first = holds.find(({ mode }) => mode !== "exclusive") ?? holds[0]!;
  const lives = holds.map(({ remainingMs }) => remainingMs).toSorted((a, b) => b - a);
  const given = holds.map(({ permits }) => permits);
  return { ...first, remainingMs: lives[quorum - 1]!, permits: agreedNumbers(given, quorum) ?? [] };
}
