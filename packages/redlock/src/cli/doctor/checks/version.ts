/** Whether the servers are ones that the lock is tested on. */
import type { FleetFacts, NodeFacts } from "../facts.ts";
import { about, type Finding } from "../finding.ts";

/** "redis 7.0.15" or "valkey 8.0.1"; `undefined` where it is not told. */
export function versionOf({ info }: NodeFacts): string | undefined {
  const valkey = info?.get("valkey_version");
  if (valkey !== undefined) return `valkey ${valkey}`;
  const redis = info?.get("redis_version");
  return redis === undefined ? undefined : `redis ${redis}`;
}

export function checkVersions({ nodes }: FleetFacts): Finding[] {
  const isOld = ({ info }: NodeFacts): boolean => Number.parseInt(info?.get("redis_version") ?? "7", 10) < 7;
  return about(nodes, isOld, {
    severity: "warning",
    code: "OLD_VERSION",
    problem: "Its version is older than Redis 7, and the lock is not tested on it: a script may fail there.",
    remedy: "Use Redis 7 or Valkey 8.",
  });
}
