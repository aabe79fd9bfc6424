/** What lies on the nodes, seen past the library. */
import type { Lock } from "@quorate/redlock";
import type { Fleet } from "@quorate/testing";
import { until } from "./until.ts";

/** The lock key's token on each server that runs; `null` where it is free. */
export async function tokensOn(fleet: Fleet, resource: string): Promise<(string | null)[]> {
  const running = fleet.servers.filter((server) => server.running);
  return Promise.all(running.map((server) => server.command("GET", resource) as Promise<string | null>));
}

/** An acquire resolves when a quorum has granted; this does when every node has. */
export async function setEverywhere(fleet: Fleet, lock: Lock): Promise<void> {
  for (const resource of lock.resources) {
    await until(async () => (await tokensOn(fleet, resource)).every((token) => token === lock.token));
  }
}

/** How long the lock key still lives on each server, in milliseconds; -2 where there is none. */
export async function lifeOn(fleet: Fleet, resource: string): Promise<number[]> {
  return Promise.all(fleet.servers.map((server) => server.command("PTTL", resource) as Promise<number>));
}

/** Somebody else's token, set on these nodes as any Redlock library would set it. */
export async function occupy(
  fleet: Fleet,
  nodes: readonly number[],
  resource: string,
  ttlMs: number = 60_000,
): Promise<void> {
  await Promise.all(nodes.map((node) => fleet.node(node).command("SET", resource, "somebody-else", "PX", ttlMs)));
}

/** Deletes the lock key by hand on these nodes. */
export async function deleteOn(fleet: Fleet, nodes: readonly number[], resource: string): Promise<void> {
  await Promise.all(nodes.map((node) => fleet.node(node).command("DEL", resource)));
}

/** How many commands of this name each server has executed. */
export async function callsOf(fleet: Fleet, command: string): Promise<number[]> {
  return Promise.all(
    fleet.servers.map(async (server) => {
      const stats = String(await server.command("INFO", "commandstats"));
      return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
    }),
  );
}

/** All indexes of a fleet of `count` nodes. */
export function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
