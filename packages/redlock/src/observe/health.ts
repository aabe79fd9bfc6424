/** Whether a quorum would vote at this moment, for health endpoints: what is known, and what the last votes said. */
import { quorumOf } from "../core/quorum.ts";
import { causeOf } from "../errors/causes.ts";
import { withNodes } from "../errors/remedies.ts";
import type { UnknownReason } from "../core/vote.ts";
import type { Node, NodeState } from "../node/node.ts";
import type { NodeJournal, NodeTrouble } from "./node-journal.ts";

/** One node, as this process knows it. */
export interface NodeHealth {
  readonly node: string;
  readonly status: NodeState["status"];
  /** Why it is down; `undefined` when it is not. */
  readonly reason: UnknownReason | undefined;
  readonly detail: string;
  /** For how long yet the restart guard does not count its grants, in milliseconds; 0 when they count. */
  readonly quarantinedForMs: number;
  /** Whether its grants count now: it is up, not quarantined, and its last vote was no refusal of its own. */
  readonly isVoting: boolean;
  /** For people: why it does not vote, and what to do; "" when it does. */
  readonly why: string;
  /** Releases that it must be told when it is back. */
  readonly pendingReleaseCount: number;
  /** The last time it went down, or answered nothing that counts; `undefined` when that never happened. */
  readonly lastTrouble: NodeTrouble | undefined;
}

/** What `redlock.health()` says. */
export interface Health {
  /**
   * Whether enough nodes vote to grant a lock, as far as this process knows: a node's refusal is known from its last vote.
   * Before the first connections are made: false.
   */
  readonly quorumReachable: boolean;
  readonly quorum: number;
  /** Nodes that vote. */
  readonly votingCount: number;
  readonly nodes: readonly NodeHealth[];
}

/** `conflict`: why the nodes are not independent, so that no lock is handed out. */
export function healthOf(nodes: readonly Node[], journal: NodeJournal, conflict?: string): Health {
  const names = nodes.map(({ name }) => name);
  const healths = nodes.map((node, index) => nodeHealth(node, index, journal, names));
  const quorum = quorumOf(nodes.length);
  const votingCount = healths.filter(({ isVoting }) => isVoting).length;
  return { quorumReachable: votingCount >= quorum && conflict === undefined, quorum, votingCount, nodes: healths };
}

function nodeHealth(node: Node, index: number, journal: NodeJournal, names: readonly string[]): NodeHealth {
  const { status, reason, detail, pendingReleaseCount } = node.state;
  const quarantinedForMs = Math.ceil(journal.quarantinedForMs(index));
  const refusal = journal.refusals[index];
  const why = withNodes(whyNot({ status, detail, quarantinedForMs, refusal }), names);
  return {
    node: node.name,
    status,
    reason,
    detail,
    quarantinedForMs,
    isVoting: why === "",
    why,
    pendingReleaseCount,
    lastTrouble: journal.lastTrouble(index),
  };
}

interface Standing extends Pick<NodeHealth, "status" | "detail" | "quarantinedForMs"> {
  readonly refusal: NodeTrouble | undefined;
}

function whyNot({ status, detail, quarantinedForMs, refusal }: Standing): string {
  if (status !== "up") return withRemedy(detail === "" ? status : detail);
  if (refusal !== undefined) return withRemedy(refusal.detail);
  if (quarantinedForMs === 0) return "";
  return `it restarted, and its votes count again in ${Math.ceil(quarantinedForMs / 1_000)} s`;
}

function withRemedy(detail: string): string {
  const cause = causeOf(detail);
  return cause === undefined ? detail : `${cause.isSo} (${detail}): ${cause.remedy}`;
}
