/** The age of a server's memory, as locks see it. */
import { lifeRecordKey } from "@quorate/redlock/node";

import type { ServerClock } from "./server-clock.ts";

/** What is needed of a server. */
interface Aged {
  readonly clock: ServerClock | undefined;
  command(name: string, ...args: readonly (string | number)[]): Promise<unknown>;
}

/**
 * As if locks had been kept on the server for so long: writes the record of how old its memory is, which the restart guard
 * asks for. At most the server's own age counts. `keyPrefix`: of the locks.
 */
export async function growOld(server: Aged, ageMs: number, keyPrefix = ""): Promise<void> {
  const [, history] = /master_replid:(\w+)/.exec(String(await server.command("INFO", "replication"))) ?? [];
  const nowMs = Date.now() + (server.clock?.offsetMs ?? 0);
  await server.command("SET", lifeRecordKey(keyPrefix), `${history} ${Math.floor(nowMs - ageMs)} fresh`);
}
