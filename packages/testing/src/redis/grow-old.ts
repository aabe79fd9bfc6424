/** The age of a server's memory, as locks see it. */
import { lifeRecordKey } from "@quorate/redlock/node";

import type { RedisServer } from "./server.ts";

/**
 * As if locks had been kept on the server for so long: writes the record of how old its memory is, which the restart guard
 * asks for. At most the server's own age counts. `keyPrefix`: of the locks.
 */
export async function growOld(server: RedisServer, ageMs: number, keyPrefix = ""): Promise<void> {
  const [, history] = /master_replid:(\w+)/.exec(String(await server.command("INFO", "replication"))) ?? [];
  const nowMs = Date.now() + (server.clock?.offsetMs ?? 0);
  await server.command("SET", lifeRecordKey(keyPrefix), `${history} ${Math.floor(nowMs - ageMs)} fresh`);
}
