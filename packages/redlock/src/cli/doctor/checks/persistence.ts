/** What a crash would make a node forget. */
import { causeOf } from "../../../errors/causes.ts";
import { showDuration } from "../../settings/duration.ts";
import type { FleetFacts, NodeFacts } from "../facts.ts";
import { about, sentence, type Finding } from "../finding.ts";

export type Durability =
  | "always"
  | "always but not during rewrites"
  | "every second"
  | "snapshots"
  | "nothing"
  | "unknown";

/** What reaches the disk before a lock is granted, or after. */
export function durabilityOf({ info, config }: NodeFacts): Durability {
  if (info === undefined) return "unknown";
  if (info.get("aof_enabled") !== "1") {
    if (config === undefined) return "unknown";
    return config.get("save") === "" ? "nothing" : "snapshots";
  }
  if (config === undefined) return "unknown";
  if (config.get("appendfsync") !== "always") return "every second";
  return config.get("no-appendfsync-on-rewrite") === "no" ? "always" : "always but not during rewrites";
}

const losses: Readonly<Record<Exclude<Durability, "always" | "unknown">, string>> = {
  nothing: "Nothing is kept on disk: a restart forgets every lock and every fencing token",
  snapshots: "Only snapshots are kept: a crash forgets the latest locks, and can bring released ones back",
  "every second":
    "The append-only file is synced once a second: a crash of its machine forgets the last second's locks",
  "always but not during rewrites":
    "no-appendfsync-on-rewrite is yes: while the append-only file is rewritten nothing is synced, even with appendfsync always",
};

const sync = "Sync every write to disk, and in redis.conf";
const redisCommand = "CONFIG SET appendonly yes appendfsync always no-appendfsync-on-rewrite no";

export function checkPersistence(fleet: FleetFacts): Finding[] {
  const kinds = Object.keys(losses) as (keyof typeof losses)[];
  return [...kinds.flatMap((kind) => lossFinding(fleet, kind)), ...unknownFinding(fleet), ...refusedWrites(fleet)];
}

function lossFinding({ nodes, durableNodes, guardMs }: FleetFacts, kind: keyof typeof losses): Finding[] {
  const isSo = (facts: NodeFacts): boolean => facts.failure === undefined && durabilityOf(facts) === kind;
  if (durableNodes) {
    return about(nodes, isSo, {
      severity: "error",
      code: "NOT_DURABLE",
      problem: `${losses[kind]}. You assert durableNodes, so the restart guard is off: a second holder can get in.`,
      remedy: `${sync}; or do not assert durableNodes.`,
      redisCommand,
    });
  }
  const isGuarded = guardMs !== 0;
  const time = guardMs === undefined ? "the longest TTL" : showDuration(guardMs);
  const guarded = isGuarded
    ? `The restart guard then keeps it out for ${time}; if a majority restarts at once, nobody can lock for so long.`
    : "The restart guard is off: a second holder can get in.";
  return about(nodes, isSo, {
    // Nothing on disk, behind the guard, is one of the two settings that are recommended.
    severity: !isGuarded ? "error" : kind === "nothing" ? "notice" : "warning",
    code: kind === "nothing" ? "NO_PERSISTENCE" : "WEAK_PERSISTENCE",
    problem: `${losses[kind]}. ${guarded}`,
    remedy: isGuarded ? `${sync}: then durableNodes may be asserted, and a restarted node votes at once.` : `${sync}.`,
    redisCommand,
  });
}

function unknownFinding({ nodes, durableNodes }: FleetFacts): Finding[] {
  return about(nodes, (facts) => facts.failure === undefined && durabilityOf(facts) === "unknown", {
    severity: durableNodes ? "warning" : "notice",
    code: "PERSISTENCE_UNKNOWN",
    problem:
      "Without the rights for INFO and CONFIG GET it cannot be known what a crash would make it forget" +
      (durableNodes ? ", and durableNodes is asserted." : "."),
    remedy: "Run doctor as a user with +info +config|get, or look at redis.conf: appendonly, appendfsync.",
  });
}

function refusedWrites({ nodes }: FleetFacts): Finding[] {
  const isFailing = ({ info, config, writeRefusal }: NodeFacts): boolean =>
    writeRefusal?.startsWith("MISCONF") === true ||
    info?.get("aof_last_write_status") === "err" ||
    (info?.get("rdb_last_bgsave_status") === "err" && config?.get("stop-writes-on-bgsave-error") !== "no");
  // What is left is neither memory nor a replica's: each has a finding of its own.
  const isElse = (facts: NodeFacts): boolean =>
    facts.writeRefusal !== undefined && !isFailing(facts) && !/^(?:OOM|READONLY)\b/.test(facts.writeRefusal);
  const refusals = [...new Set(nodes.filter(isElse).map(({ writeRefusal }) => writeRefusal!))];
  return [
    ...about(nodes, isFailing, {
      severity: "error",
      code: "WRITES_REFUSED",
      problem: "Its last write to disk failed, and it refuses to write (MISCONF): it grants no lock.",
      remedy: "See its log; in most cases the disk is full, or its folder is not writable.",
    }),
    ...refusals.flatMap((refusal) =>
      about(nodes, (facts) => facts.writeRefusal === refusal, {
        severity: "error",
        code: "WRITES_REFUSED",
        problem: `It refuses to write, and grants no lock: ${refusal}`,
        remedy: sentence(causeOf(refusal)?.remedy ?? "see what its words say"),
        redisCommand: refusal.startsWith("NOREPLICAS") ? "CONFIG SET min-replicas-to-write 0" : undefined,
      }),
    ),
  ];
}
