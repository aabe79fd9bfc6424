/** What is there of a soak when all was given back and closed. */
import { until } from "../redis/until.ts";
import type { Places } from "../torture/places.ts";
import { infoNumber } from "./sampler.ts";

const GONE_WITHIN_MS = 30_000;

/** Lock keys, and connections besides the rig's own: what was killed or forgotten ends by its TTL. */
export async function leftOnServers(places: Places, withinMs: number = GONE_WITHIN_MS): Promise<string[]> {
  const untilMs = performance.now() + withinMs;
  let left: string[] = [];
  await until(
    async () => {
      left = [...(await places.lockKeys()), ...(await connections(places))];
      return left.length === 0 || performance.now() > untilMs;
    },
    2 * withinMs + GONE_WITHIN_MS,
  );
  return left;
}

async function connections(places: Places): Promise<string[]> {
  const counts = await Promise.all(
    Array.from({ length: places.count }, async (_, node) =>
      infoNumber(String(await places.at(node).command("INFO", "clients")), "connected_clients"),
    ),
  );
  return counts.flatMap((count, node) => (count > 1 ? [`${count - 1} connections to node ${node}`] : []));
}

/** Those of these processes that still run. */
export function leftProcesses(pids: readonly number[]): string[] {
  return pids.filter(isRunning).map((pid) => `process ${pid}`);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
