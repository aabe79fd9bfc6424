/** SIGTERM to the command's group, SIGKILL to what is left of it. */
import { systemRuntime } from "../../runtime/system.ts";
import type { CommandChild } from "./command-child.ts";
import type { Guardian } from "./guardian.ts";

const lookAgainAfterMs = 20;
/** A killed process stays in the process table for a moment; we wait no longer than this for it to go. */
const killedWithinMs = 1_000;

/** Resolves when no process of the group is left, or all have been killed: by us, or by the guardian if we are killed meanwhile. */
export async function endCommand(child: CommandChild, guardian: Guardian, graceMs: number): Promise<void> {
  if (!child.signal("SIGTERM")) return;
  guardian.keepDeadline(graceMs);
  if (await isGoneWithin(child, graceMs)) return;
  child.signal("SIGKILL");
  await isGoneWithin(child, killedWithinMs);
}

async function isGoneWithin(child: CommandChild, withinMs: number): Promise<boolean> {
  const untilMs = nowMs() + withinMs;
  while (child.signal(0)) {
    const leftMs = untilMs - nowMs();
    if (leftMs <= 0) return false;
    await new Promise((resolve) => setTimeout(resolve, Math.min(leftMs, lookAgainAfterMs)));
  }
  return true;
}

function nowMs(): number {
  return systemRuntime.readClocks().monotonicMs;
}
