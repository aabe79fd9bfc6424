/** Whether anybody of a process group still runs. */
import { readdirSync, readFileSync } from "node:fs";

/** Processes that have ended but were not collected by their parent do not run. */
export function isGroupAlive(groupId: number): boolean {
  try {
    process.kill(-groupId, 0);
  } catch {
    return false;
  }
  if (process.platform !== "linux") return true;
  return readdirSync("/proc").some((name) => /^\d+$/.test(name) && runsInGroup(name, groupId));
}

/** Resolves when nobody of the group runs any more. */
export async function untilGone(groupId: number, withinMs = 15_000): Promise<void> {
  const giveUpAtMs = performance.now() + withinMs;
  while (isGroupAlive(groupId)) {
    if (performance.now() > giveUpAtMs) throw new Error(`process group ${groupId} still runs after ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function runsInGroup(pid: string, groupId: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // "pid (name) state ppid pgrp ...", and the name may hold anything.
    const [state, , group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return state !== "Z" && state !== "X" && Number(group) === groupId;
  } catch {
    return false;
  }
}
