/** What the servers of a fleet have done, by their own account. */
import type { Fleet, RedisServer } from "@quorate/testing";

export interface ServerCost {
  /** Also those that a script runs. */
  readonly commandCount: number;
  readonly inputBytes: number;
  readonly outputBytes: number;
  readonly cpuUs: number;
  readonly memoryBytes: number;
  readonly setCount: number;
  readonly deleteCount: number;
}

/** The sums over these servers since they started; memory is what they use now. */
export async function readServerCost(servers: readonly RedisServer[]): Promise<ServerCost> {
  const texts = await Promise.all(servers.map(async (server) => String(await server.command("INFO", "all"))));
  const sum = (field: string): number => texts.reduce((total, text) => total + fieldOf(text, field), 0);
  return {
    commandCount: sum("total_commands_processed"),
    inputBytes: sum("total_net_input_bytes"),
    outputBytes: sum("total_net_output_bytes"),
    cpuUs: (sum("used_cpu_sys") + sum("used_cpu_user")) * 1e6,
    memoryBytes: sum("used_memory"),
    setCount: texts.reduce((total, text) => total + callsOf(text, "set"), 0),
    deleteCount: texts.reduce((total, text) => total + callsOf(text, "del"), 0),
  };
}

/** What was done in between, less the reading itself: one INFO per server. */
export function costBetween(before: ServerCost, after: ServerCost, serverCount: number): ServerCost {
  return {
    commandCount: after.commandCount - before.commandCount - serverCount,
    inputBytes: after.inputBytes - before.inputBytes,
    outputBytes: after.outputBytes - before.outputBytes,
    cpuUs: after.cpuUs - before.cpuUs,
    memoryBytes: after.memoryBytes - before.memoryBytes,
    setCount: after.setCount - before.setCount,
    deleteCount: after.deleteCount - before.deleteCount,
  };
}

/** The servers that answer now. */
export function reachable(fleet: Fleet, except: readonly number[] = []): RedisServer[] {
  return fleet.servers.filter((server) => server.running && !except.includes(server.index));
}

function fieldOf(text: string, field: string): number {
  const found = new RegExp(`^${field}:([\\d.]+)`, "m").exec(text)?.[1];
  if (found === undefined) throw new Error(`INFO has no ${field}`);
  return Number(found);
}

/** 0 for a command that was never run. */
function callsOf(text: string, command: string): number {
  return Number(new RegExp(`^cmdstat_${command}:calls=(\\d+)`, "m").exec(text)?.[1] ?? 0);
}
