/** Whether a node may drop keys before their time, or has no room for new ones. */
import { infoNumber, type FleetFacts, type NodeFacts } from "../facts.ts";
import { about, type Finding } from "../finding.ts";

export function checkMemory({ nodes }: FleetFacts): Finding[] {
  const limitOf = (facts: NodeFacts): number => infoNumber(facts, "maxmemory") ?? 0;
  const isEvicting = ({ info }: NodeFacts): boolean => (info?.get("maxmemory_policy") ?? "noeviction") !== "noeviction";
  const isFull = (facts: NodeFacts): boolean =>
    limitOf(facts) > 0 && (infoNumber(facts, "used_memory") ?? 0) > limitOf(facts) * 0.9;
  const policies = [...new Set(nodes.filter(isEvicting).map(({ info }) => info!.get("maxmemory_policy")!))].join(", ");
  const remedy = "CONFIG SET maxmemory-policy noeviction (and in redis.conf): it then refuses new locks instead.";
  return [
    ...about(nodes, (facts) => isEvicting(facts) && limitOf(facts) > 0, {
      severity: "error",
      code: "EVICTING",
      problem: `maxmemory is set with maxmemory-policy ${policies}: short of memory, it drops locks that are held.`,
      remedy,
    }),
    ...about(nodes, (facts) => isEvicting(facts) && limitOf(facts) === 0, {
      severity: "notice",
      code: "EVICTION_POLICY",
      problem: `maxmemory-policy is ${policies}. Without maxmemory nothing is dropped; whoever sets it makes locks vanish.`,
      remedy,
    }),
    ...about(nodes, (facts) => !isEvicting(facts) && isFull(facts), {
      severity: "warning",
      code: "MEMORY_FULL",
      problem: "More than 90 % of maxmemory is used: soon it refuses new locks.",
      remedy: "Raise maxmemory, or move other data away from the lock nodes.",
    }),
  ];
}
