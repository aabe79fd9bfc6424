/** Who holds a resource together with others, on one node: the rules of lua/holders.lua. */
import { besideKey, type LockMode } from "@quorate/redlock/node";

import type { Fence } from "./fence-model.ts";
import { CommandError, type ScriptRun } from "./script-run.ts";

/** How one key stands to a token. */
export interface Side {
  readonly key: string;
  readonly value: string | undefined;
  readonly fence: Fence;
  readonly mode: LockMode;
  base: number | undefined;
  /** Held by it. */
  readonly isOurs: boolean;
  /** By it alone yet, though it is to be shared. */
  readonly isConverted: boolean;
  /** By who keeps it out. */
  readonly isOthers: boolean;
}

export function sideOf(run: ScriptRun, key: string, token: string, mode: LockMode): Side {
  const value = run.text(key);
  const known = { key, value, fence: run.fence(key), mode, base: undefined, isConverted: false, isOthers: false };
  requireReadable(run, known.fence);
  if (value === undefined) return { ...known, isOurs: false };
  if (value === token) return { ...known, isOurs: true, isConverted: mode === "shared" };
  const [, kind, base] = /^([a-z]+) (\d+)$/.exec(value) ?? [];
  if (kind !== mode) return { ...known, isOurs: false, isOthers: true };
  const side = { ...known, base: Number(base) };
  requireWhole(run, side);
  return { ...side, isOurs: endOf(run, side, token) !== undefined };
}

const NAMES = ["holders", "slots", "buried"] as const;

/** Somebody else's data is not taken for nothing. */
function requireReadable(run: ScriptRun, { key }: Fence): void {
  if (NAMES.some((name) => run.isForeign(besideKey(key, name)))) throw new CommandError("WRONGTYPE");
}

/** Without a part of a period it is not known who holds what. */
function requireWhole(run: ScriptRun, { fence, mode }: Pick<Side, "fence" | "mode">): void {
  const isMissing = (name: "holders" | "slots"): boolean => run.isFree(besideKey(fence.key, name));
  if (isMissing("holders") || (mode === "permits" && isMissing("slots"))) throw new CommandError("TRYAGAIN");
}

/** When a token's hold ends; `undefined` where it has none. */
function endOf(run: ScriptRun, { fence }: Pick<Side, "fence">, token: string): number | undefined {
  const ends = run.map(besideKey(fence.key, "holders")).get(token);
  return ends !== undefined && Number(ends) > run.nowMs ? Number(ends) : undefined;
}

export function isBuriedIn(run: ScriptRun, { fence }: Side, token: string): boolean {
  return Number(run.map(besideKey(fence.key, "buried")).get(token) ?? 0) > run.nowMs;
}

export function buryIn(run: ScriptRun, { fence }: Side, token: string, buryMs: number): void {
  const key = besideKey(fence.key, "buried");
  if (!run.canWrite) return;
  const rest = [...run.map(key)].filter(([, until]) => Number(until) > run.nowMs);
  const lifeMs = Math.max(buryMs, run.remaining(key));
  run.setMap(key, new Map([...rest, [token, run.nowMs + buryMs]]), run.nowMs + lifeMs);
}

/** In how long the first of the holds ends. */
export function soonestMs(run: ScriptRun, { fence }: Side): number {
  const ends = [...run.map(besideKey(fence.key, "holders")).values()].map(Number).filter((end) => end > run.nowMs);
  return ends.length === 0 ? 0 : Math.min(...ends) - run.nowMs;
}

/** Number -> who has it now. */
export function takenSlots(run: ScriptRun, side: Pick<Side, "fence" | "base">): Map<number, string> {
  const taken = new Map<number, string>();
  for (const [slot, { token }] of latestSlots(run, side)) {
    if (endOf(run, side, token) !== undefined) taken.set(slot, token);
  }
  return taken;
}

/** The numbers that a token has. */
export function slotsOf(run: ScriptRun, side: Side, token: string): number[] {
  return [...takenSlots(run, side)].filter(([, holder]) => holder === token).map(([slot]) => slot);
}

export function latestSlots(
  run: ScriptRun,
  { fence, base }: Pick<Side, "fence" | "base">,
): Map<number, { readonly fence: number; readonly token: string }> {
  if (base === undefined) return new Map();
  const slots = run.map(besideKey(fence.key, "slots"));
  return new Map(
    [...slots].map(([slot, text]) => {
      const [, latest, token] = /^(\d+) (.*)$/s.exec(String(text))!;
      return [Number(slot), { fence: Number(latest), token: token! }];
    }),
  );
}

/** Holds `slots`, and no others. The T of a number never falls: also where the token gives it up, or is healed to it. */
export function setSlots(run: ScriptRun, side: Side, token: string, fence: number, slots: readonly number[]): void {
  const key = besideKey(side.fence.key, "slots");
  const map = new Map(run.map(key));
  const latest = latestSlots(run, side);
  for (const [slot, known] of latest) if (known.token === token) map.set(String(slot), `${known.fence} `);
  for (const slot of slots) map.set(String(slot), `${Math.max(fence, latest.get(slot)?.fence ?? 0)} ${token}`);
  run.setMap(key, map, undefined);
}

/** Answers its life. Everything of a period ends with its last hold. */
export function lengthenHold(run: ScriptRun, side: Side, token: string, ttlMs: number): number {
  const key = besideKey(side.fence.key, "holders");
  const ends = Math.max(endOf(run, side, token) ?? 0, run.nowMs + ttlMs);
  const live = [...run.map(key)].filter(([, end]) => Number(end) > run.nowMs);
  run.setMap(key, new Map([...live, [token, ends]]), undefined);
  endWithLast(run, side);
  return ends - run.nowMs;
}

function endWithLast(run: ScriptRun, { key, fence }: Side): void {
  const last = Math.max(...[...run.map(besideKey(fence.key, "holders")).values()].map(Number));
  for (const name of [key, besideKey(fence.key, "holders"), besideKey(fence.key, "slots")]) {
    run.endIn(name, last - run.nowMs);
  }
}

export function beginPeriod(run: ScriptRun, side: Side, lifeMs: number): void {
  side.base = side.fence.highest;
  run.set(side.key, `${side.mode} ${side.base}`, lifeMs);
  run.delete(besideKey(side.fence.key, "holders"));
  run.delete(besideKey(side.fence.key, "slots"));
}

/** What the token has here is given up. */
export function dropHold(run: ScriptRun, side: Side, token: string): void {
  if (side.base === undefined) return;
  const key = besideKey(side.fence.key, "holders");
  run.hasWritten = true;
  run.setMap(key, new Map([...run.map(key)].filter(([holder]) => holder !== token)), undefined);
  if (run.map(key).size > 0) {
    endWithLast(run, side);
    return;
  }
  for (const name of [side.key, besideKey(side.fence.key, "slots")]) run.delete(name);
}
