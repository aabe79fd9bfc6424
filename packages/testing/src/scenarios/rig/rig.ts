/**
 * Where a scenario is played: in the simulator or on real servers. A scenario is plain asynchronous code that waits for
 * nothing but locks and this interface, so that virtual time can pass while it waits.
 */
import type { Redlock, RedlockOptions } from "@quorate/redlock";

import type { LockHistory } from "../../history/lock-history.ts";
import type { HolderView } from "../../holder/line.ts";
import type { Network } from "../../rule/network.ts";
import type { Wire } from "./wire.ts";

/** One node, and what can be done to it. */
export interface RigNode {
  kill(): Promise<void>;
  pause(): Promise<void>;
  resume(): void;
  /** For a later restart, as a backup. */
  takeSnapshot(): Promise<void>;
  /** As it was (it synced every write), having forgotten everything, or as the snapshot has it. */
  restart(memory: "kept" | "empty" | "snapshot"): Promise<void>;
  flush(): Promise<void>;
  /** Steps its wall clock; `undefined` where this machine's servers cannot have one of their own. */
  readonly stepClock: ((byMs: number) => void) | undefined;
  /** Somebody else's lock, as any Redlock library would set it. */
  occupy(resource: string, ttlMs: number): Promise<void>;
  /** The same if nobody holds it there: `SET NX`. Answers whether it was set. */
  tryOccupy(resource: string, ttlMs: number): Promise<boolean>;
  /** From then on it refuses what needs memory. */
  fillMemory(): Promise<void>;
  freeMemory(): Promise<void>;
  /** The token of the lock key. */
  tokenOf(resource: string): Promise<string | undefined>;
}

/** A lock in a process of its own. */
export interface RigHolder {
  pause(): Promise<void>;
  resume(): void;
  kill(): Promise<void>;
  /** Steps its wall clock, where the scenario `isSimulatedOnly`. */
  readonly stepClock?: (byMs: number) => void;
  /** What it believes; of a paused one: what it believes first when it runs again. */
  look(): Promise<HolderView>;
}

/** What else is told of a user. */
export interface RigUser {
  /** Which nodes it takes for all there are. */
  readonly nodes?: readonly number[];
  readonly wire?: Wire;
  /** By how much its wall clock is ahead. */
  readonly wallOffsetMs?: number;
}

/** How a process of its own holds what it holds; alone unless told. `elect`: as its leader. */
export type RigHold = { readonly shared: true } | { readonly permits: number } | { readonly elect: true };

/** All that a scenario needs. */
export interface Rig {
  readonly isSimulated: boolean;
  readonly net: Network;
  readonly nodes: readonly RigNode[];
  /** What all locks of this rig did so far. */
  readonly history: LockHistory;
  /** A user of the nodes that `net` can tell apart by its name. */
  connect(peer: string, options?: RedlockOptions, user?: RigUser): Promise<Redlock>;
  /** Resolves when it holds, kept alive by auto-extension. */
  startHolder(peer: string, resource: string, ttlMs: number, hold?: RigHold): Promise<RigHolder>;
  nowMs(): number;
  pass(durationMs: number): Promise<void>;
  /** In [0, 1); decided by a seed in the simulator. */
  random(): number;
}

/** Looks until it is so; fails after `withinMs`. */
export async function eventually(
  rig: Rig,
  what: string,
  condition: () => boolean | Promise<boolean>,
  withinMs: number = 10_000,
): Promise<void> {
  const giveUpAtMs = rig.nowMs() + withinMs;
  while (!(await condition())) {
    if (rig.nowMs() > giveUpAtMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await rig.pass(5);
  }
}

/** For what is waited for later: a scenario that fails before ends it by closing, and nobody hears of that. */
export function pending<Result>(promise: Promise<Result>): Promise<Result> {
  promise.catch(() => undefined);
  return promise;
}

/** Until so many stand in the lines of most nodes: on a busy machine a round may miss one. */
export function inLine(rig: Rig, redlock: Redlock, resource: string, count: number): Promise<void> {
  const isSo = async (): Promise<boolean> => {
    const { nodes } = await redlock.inspect(resource);
    return nodes.filter(({ waiterCount }) => waiterCount === count).length * 2 > nodes.length;
  };
  return eventually(rig, `${count} stand in line`, isSo, 30_000);
}

/** On how many nodes somebody holds it. */
export async function keyCount(rig: Rig, resource: string): Promise<number> {
  const tokens = await Promise.all(rig.nodes.map((node) => node.tokenOf(resource)));
  return tokens.filter((token) => token !== undefined).length;
}
