/** The end of the demo: what two independent witnesses saw, the recorded history and the store. */
import { holdsOf, mutualExclusion, type Hold, type LockHistory, type MutualExclusionResult } from "@quorate/testing";
import type { Scene } from "./scene.ts";
import type { Store } from "./store.ts";

export interface Verdict {
  readonly passed: boolean;
  readonly lines: readonly string[];
  /** The last word, and its colour where there is any. */
  readonly closing: string;
}

export async function judge(scene: Scene, history: LockHistory): Promise<Verdict> {
  const { store, fleet } = scene;
  const holds = holdsOf(history.events);
  const checked = mutualExclusion(history);
  const keys = await fleet.lockKeys();
  const handOffCount = holds.filter((hold, index) => hold.holder !== holds[index - 1]?.holder).length;
  const passed = checked.verdict === "ok" && !hasLostUpdates(store);
  return {
    passed,
    lines: [
      row("sections run", `${holds.length}, with ${handOffCount} hand-offs and ${scene.extendCount} extensions`),
      row("overlaps, history", overlaps(checked)),
      row("overlaps, store", `${lostUpdates(store)} (${store.acceptedCount} writes of +1 made ${store.value})`),
      row("late writes refused", String(store.refusedCount)),
      row("longest stall", `${(longestStallMs(holds) / 1_000).toFixed(1)} s in which nobody held the lock`),
      row(
        "keys left behind",
        keys.length === 0 ? "none" : keys.map(({ node, key }) => `${key} on node ${node + 1}`).join(", "),
      ),
    ],
    closing: closingLine(checked.verdict, store),
  };
}

function overlaps(checked: MutualExclusionResult): string {
  if (checked.verdict === "ok") return `none, in ${checked.checkedCount} asks while somebody was inside`;
  if (checked.pair === undefined) return `INCONCLUSIVE: ${checked.message}`;
  const [first, second] = checked.pair;
  const bothMs = Math.min(first.endedAtMs, second.endedAtMs) - second.grantedAtMs;
  return `AT LEAST ONE: ${second.holder} got in while ${first.holder} was inside, both for ${bothMs.toFixed(1)} ms`;
}

function closingLine(verdict: MutualExclusionResult["verdict"], store: Store): string {
  if (verdict === "violation") return "FAILED: two were inside at once.";
  if (hasLostUpdates(store)) return "FAILED: the store took a write that undid another.";
  if (verdict === "inconclusive") return "FAILED: the history does not show whether two were inside at once.";
  return "PASSED: nobody overlapped.";
}

function hasLostUpdates({ collisionCount, lostUpdateCount }: Store): boolean {
  return collisionCount > 0 || lostUpdateCount > 0;
}

function row(name: string, text: string): string {
  return `${name.padEnd(20)} ${text}`;
}

function lostUpdates({ collisionCount, lostUpdateCount }: Store): string {
  if (collisionCount === 0) return "none";
  return `${counted(collisionCount, "COLLISION")}, ${counted(lostUpdateCount, "UPDATE")} LOST`;
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "S"}`;
}

/** From the end of one hold to the next grant. */
function longestStallMs(holds: readonly Hold[]): number {
  let longestMs = 0;
  let freeSinceMs = holds[0]?.grantedAtMs ?? 0;
  for (const hold of holds) {
    longestMs = Math.max(longestMs, hold.grantedAtMs - freeSinceMs);
    freeSinceMs = Math.max(freeSinceMs, hold.endedAtMs);
  }
  return longestMs;
}
