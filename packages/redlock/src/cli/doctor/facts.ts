/** What doctor has found out about each node, before any judgement. `undefined`: it may not be asked, or did not answer. */
import type { LockMode } from "../../core/vote.ts";

export interface ClockFact {
  /** The node's wall clock less this machine's. */
  readonly offsetMs: number;
  /** Half of the round trip in which it was read: the offset is not known better than that. */
  readonly uncertaintyMs: number;
}

/** Something that the node's user may not do, in the words of its access control list. */
export interface MissingRight {
  /** A command, "keys" or "channels". */
  readonly what: string;
  /** The node's own words. */
  readonly answer: string;
}

/** A lock key on one node, and one holder of it. */
export interface HeldKey {
  readonly key: string;
  readonly token: string;
  /** How it is held: by this holder alone, or together with others. */
  readonly mode: LockMode;
  /** Of permits, which numbers. */
  readonly permits: readonly number[];
  /** Infinity when it has no TTL. */
  readonly remainingMs: number;
  /** The node's fence of the resource; 0 when none. Of one of several holders, the T that it began with. */
  readonly fence: number;
  /** How many stand in the node's line for it; `undefined` where that may not be asked. */
  readonly waiterCount: number | undefined;
}

/** A connection of a `redlock run` that is alive. */
export interface RunConnection {
  readonly host: string;
  readonly pid: string;
  readonly ageMs: number;
  /** The first 8 digits of each resource's hash. */
  readonly resourceHashes: readonly string[];
}

export interface NodeFacts {
  readonly node: string;
  /** How redis-cli reaches it: "-h 10.0.0.1 -p 6379". Without a user or a password. */
  readonly cliArguments: string;
  /** By whom doctor is logged in; "default" where the address names no user. */
  readonly user: string;
  /** Why it could not be asked anything; the rest is then unknown. */
  readonly failure: string | undefined;
  readonly roundTripMs: number | undefined;
  readonly info: ReadonlyMap<string, string> | undefined;
  readonly config: ReadonlyMap<string, string> | undefined;
  readonly clock: ClockFact | undefined;
  /** How old its memory of locks is, as it tells those who lock: 0 where no caller has asked the node before. */
  readonly memoryAgeMs: number | undefined;
  /** What that memory began with: see lua/life.lua. */
  readonly memoryCause: string | undefined;
  /** The node's own words, when it refuses every write for a reason that is no right of the user. */
  readonly writeRefusal: string | undefined;
  /** The node's own words, when it refuses the keys of a lock because of their slots in a Redis Cluster. */
  readonly slotRefusal: string | undefined;
  readonly missingRights: readonly MissingRight[];
  readonly heldKeys: readonly HeldKey[];
  /** Whether there are more keys than were looked at. */
  readonly isScanCut: boolean;
  readonly runs: readonly RunConnection[];
}

/** The nodes together, and what locks are to be taken on them. */
export interface FleetFacts {
  readonly nodes: readonly NodeFacts[];
  readonly quorum: number;
  /** `undefined`: the TTL of the locks was not given. */
  readonly ttlMs: number | undefined;
  readonly keyPrefix: string;
  /** 0: off; `undefined`: on, and no TTL was given. */
  readonly guardMs: number | undefined;
  /** Of the deployment, as `--nodes` takes it, without passwords: for commands that are to be pasted. */
  readonly nodesArgument: string;
  readonly durableNodes: boolean;
  /** From which age on a held lock is reported. */
  readonly heldOverMs: number;
  /** This machine's wall clock when the nodes were asked. */
  readonly nowMs: number;
}

/** A number of INFO; `undefined` where there is none. */
export function infoNumber({ info }: NodeFacts, name: string): number | undefined {
  const text = info?.get(name);
  return text === undefined || text === "" ? undefined : Number(text);
}

/** How long the server has run, in milliseconds. */
export function uptimeMs(facts: NodeFacts): number | undefined {
  const seconds = infoNumber(facts, "uptime_in_seconds");
  return seconds === undefined ? undefined : seconds * 1_000;
}
