/** Whether a node may drop keys before their time, or has no room for new ones. */
import { infoNumber, type FleetFacts, type NodeFacts } from "../facts.ts";
import { about, type Finding } from "../finding.ts";

export function checkMemory({ nodes }: FleetFacts): Finding[] {
  const limitOf = (facts: NodeFacts): number => infoNumber(facts, "maxmemory") ?? 0;
  const isEvicting = ({ info }: NodeFacts): boolean => (info?.get("maxmemory_policy") ?? "noeviction") !== "noeviction";
  const isFull = ({ writeRefusal }: NodeFacts): boolean => writeRefusal?.startsWith("OOM") === true;
  const isNearlyFull = (facts: NodeFacts): boolean =>
    limitOf(facts) > 0 && (infoNumber(facts, "used_memory") ?? 0) > limitOf(facts) * 0.9;
  const policies = [...new Set(nodes.filter(isEvicting).map(({ info }) => info!.get("maxmemory_policy")!))].join(", ");
  const remedy = "Set it to noeviction, and in redis.conf: a node short of memory then refuses new locks instead.";
  const redisCommand = "CONFIG SET maxmemory-policy noeviction";
  const room = "Raise maxmemory, or move other data away from the lock nodes.";
  return [
    ...about(nodes, (facts) => isEvicting(facts) && limitOf(facts) > 0, {
      severity: "error",
      code: "EVICTING",
      problem: `maxmemory is set with maxmemory-policy ${policies}: short of memory, it drops locks that are held.`,
      remedy,
      redisCommand,
    }),
    ...about(nodes, (facts) => isEvicting(facts) && limitOf(facts) === 0, {
      severity: "notice",
      code: "EVICTION_POLICY",
      problem: `maxmemory-policy is ${policies}. Without maxmemory nothing is dropped; whoever sets it makes locks vanish.`,
      remedy,
      redisCommand,
    }),
    ...about(nodes, isFull, {
      severity: "error",
      code: "MEMORY_FULL",
      problem: "Its memory is used up (OOM): it refuses new locks, and still extends and releases those that are held.",
      remedy: room,
    }),
    ...about(nodes, (facts) => !isEvicting(facts) && isNearlyFull(facts) && !isFull(facts), {
      severity: "warning",
      code: "MEMORY_FULL",
      problem: "More than 90 % of maxmemory is used: soon it refuses new locks.",
      remedy: room,
    }),
  ];
}
