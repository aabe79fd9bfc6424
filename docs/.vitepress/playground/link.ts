/** The link to a run: its seed, its guards, and what was done when. */
import type { Action, Deed, Guards } from "./play-world.ts";

export interface Run {
  readonly seed: number;
  readonly guards: Guards;
  readonly actions: readonly Action[];
}

const deeds: readonly Deed[] = ["kill", "start", "empty", "flush", "cut", "join", "pause", "slow", "fast"];

/** For what stands behind "#" in the address. */
export function linkOf({ seed, guards, actions }: Run): string {
  const off = Object.entries(guards).filter(([, isOn]) => !isOn);
  const parts = new URLSearchParams({ seed: String(seed) });
  if (off.length > 0) parts.set("off", off.map(([name]) => name).join(","));
  if (actions.length > 0) parts.set("do", actions.map(({ atMs, deed, index }) => `${atMs}.${deed}.${index}`).join("~"));
  return parts.toString();
}

/** What cannot be read is left out. */
export function runOf(link: string): Run {
  const parts = new URLSearchParams(link);
  const off = (parts.get("off") ?? "").split(",");
  const actions = (parts.get("do") ?? "").split("~").flatMap((text): Action[] => {
    const [atMs, deed, index] = text.split(".");
    const known = deeds.find((each) => each === deed);
    return known === undefined ? [] : [{ atMs: Number(atMs), deed: known, index: Number(index) }];
  });
  const guards = { restart: !off.includes("restart"), store: !off.includes("store"), signal: !off.includes("signal") };
  return { seed: Number(parts.get("seed")) || 1, guards, actions };
}
