/** Whether a quorum can be asked at this moment, for health endpoints. Asks no node: it tells what is known. */
import { quorumOf } from "../core/quorum.ts";
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
  /** Releases that it must be told when it is back. */
  readonly pendingReleaseCount: number;
  /** The last time it went down, or answered nothing that counts; `undefined` when that never happened. */
  readonly lastTrouble: NodeTrouble | undefined;
}

/** What `redlock.health()` says. */
export interface Health {
  /** Whether enough nodes are up, and not quarantined, to grant a lock. Before the first connections are made: false. */
  readonly quorumReachable: boolean;
  readonly quorum: number;
  /** Nodes that are up and whose grants count. */
  readonly votingCount: number;
  readonly nodes: readonly NodeHealth[];
}

export function healthOf(nodes: readonly Node[], journal: NodeJournal): Health {
  const healths = nodes.map((node, index) => nodeHealth(node, index, journal));
  const quorum = quorumOf(nodes.length);
  const votingCount = healths.filter(
    ({ status, quarantinedForMs }) => status === "up" && quarantinedForMs === 0,
  ).length;
  return { quorumReachable: votingCount >= quorum, quorum, votingCount, nodes: healths };
}

function nodeHealth(node: Node, index: number, journal: NodeJournal): NodeHealth {
  const { status, reason, detail, pendingReleaseCount } = node.state;
  return {
    node: node.name,
    status,
    reason,
    detail,
    quarantinedForMs: Math.ceil(journal.quarantinedForMs(index)),
    pendingReleaseCount,
    lastTrouble: journal.lastTrouble(index),
  };
}
