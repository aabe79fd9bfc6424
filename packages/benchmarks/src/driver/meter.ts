/** What this process spends between two moments. */
import { calls } from "../peers/clients.ts";
import type { ClientCost } from "./order.ts";

/** Starts counting; the returned function tells what was spent since. */
export function startMeter(): () => ClientCost {
  const cpu = process.cpuUsage();
  const callsBefore = calls.count;
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return { cpuUs: user + system, callCount: calls.count - callsBefore };
  };
}
