import { execFileSync } from "node:child_process";

/** "gone" also for a process that nobody has buried yet. */
export function processState(pid: number): "runs" | "stopped" | "gone" {
  let state: string;
  try {
    state = execFileSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).trim();
  } catch {
    return "gone";
  }
  if (state === "" || state.startsWith("Z")) return "gone";
  return state.startsWith("T") ? "stopped" : "runs";
}
