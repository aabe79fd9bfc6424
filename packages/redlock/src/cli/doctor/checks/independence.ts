/** Whether the nodes fail separately. */
import { type Cause, causeOf } from "../../../errors/causes.ts";
import type { FleetFacts, NodeFacts } from "../facts.ts";
import { about, sentence, type Finding } from "../finding.ts";

export function checkIndependence({ nodes }: FleetFacts): Finding[] {
  return [...sameServers(nodes), ...replicas(nodes), ...slots(nodes), ...machines(nodes)];
}

function sameServers(nodes: readonly NodeFacts[]): Finding[] {
  const byRunId = new Map<string, string[]>();
  for (const { node, info } of nodes) {
    const runId = info?.get("run_id");
    if (runId !== undefined) byRunId.set(runId, [...(byRunId.get(runId) ?? []), node]);
  }
  return [...byRunId.values()]
    .filter((names) => names.length > 1)
    .map((names) => ({
      severity: "error",
      code: "SAME_SERVER",
      nodes: names,
      problem:
        `These ${names.length} are one server: it votes ${names.length} times, and its loss is the loss of ` +
        `${names.length} votes. The library refuses to lock on them.`,
      remedy: "Name each server once; two databases of one server are one server too.",
    }));
}

function replicas(nodes: readonly NodeFacts[]): Finding[] {
  const infoIs = (name: string, text: string) => (facts: NodeFacts) => facts.info?.get(name) === text;
  const isReplica = infoIs("role", "slave");
  const isPromoted = (facts: NodeFacts): boolean =>
    infoIs("role", "master")(facts) && (facts.info?.get("second_repl_offset") ?? "-1") !== "-1";
  return [
    ...about(nodes, isReplica, {
      severity: "error",
      code: "REPLICA",
      problem:
        "It is a replica: it refuses writes, and what its master forgets it forgets too. The library refuses to lock on it.",
      remedy: "Put a master of its own in its place (REPLICAOF NO ONE on an empty server), or take it out.",
    }),
    ...about(nodes, isPromoted, {
      severity: "warning",
      code: "PROMOTED_REPLICA",
      problem:
        "It was a replica once and has been made a master: locks that its old master had granted last may be missing. " +
        "The restart guard counts from when it first sees such a node, not from the server's start.",
      remedy: "Switch automatic failover off for lock nodes; restart it when convenient, to clear the mark.",
    }),
    ...about(nodes, (facts) => Number(facts.info?.get("connected_slaves") ?? 0) > 0, {
      severity: "warning",
      code: "HAS_REPLICAS",
      problem:
        "Replicas follow it. If one is promoted in its place (Sentinel, a managed service's failover), locks that " +
        "were not copied yet are forgotten, and a second holder can get in.",
      remedy: "Give lock nodes no replicas: the other nodes of the quorum are what replicas are elsewhere.",
    }),
    ...about(nodes, infoIs("cluster_enabled", "1"), {
      severity: "warning",
      code: "CLUSTER_NODE",
      problem: "It is a part of a Redis Cluster: it answers for its own slots only, and fails over by itself.",
      remedy: "Use standalone servers as lock nodes.",
    }),
  ];
}

/** For whatever master of a Cluster has the keys: one finding for each cause. */
function slots(nodes: readonly NodeFacts[]): Finding[] {
  const causeFor = ({ slotRefusal }: NodeFacts): Cause | undefined =>
    slotRefusal === undefined ? undefined : causeOf(slotRefusal);
  const causes = new Set(nodes.flatMap((facts) => causeFor(facts) ?? []));
  return [...causes].flatMap((cause) =>
    about(nodes, (facts) => causeFor(facts) === cause, {
      severity: "error",
      code: "WRONG_SLOT",
      problem: `No lock can be taken on it: ${cause.isSo}.`,
      remedy: sentence(cause.remedy),
    }),
  );
}

function machines(nodes: readonly NodeFacts[]): Finding[] {
  const hostOf = ({ node }: NodeFacts): string => node.slice(0, node.lastIndexOf(":"));
  const hosts = new Map<string, number>();
  for (const facts of nodes) hosts.set(hostOf(facts), (hosts.get(hostOf(facts)) ?? 0) + 1);
  return about(nodes, (facts) => hosts.get(hostOf(facts))! > 1, {
    severity: "notice",
    code: "SAME_MACHINE",
    problem: "These share a machine, its power and its disk: right for development, but they fail together.",
    remedy: "In production put each node on a machine of its own.",
  });
}
