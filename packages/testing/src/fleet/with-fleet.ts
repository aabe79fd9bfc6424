/**
 * A fleet of real servers for one test: started, broken by the test, judged and stopped. Everything that is done with
 * locks in it is written down; when the test fails, or the locks did not keep what they promise, the notes are shown.
 */
import type { RedlockOptions } from "@quorate/redlock";

import { findClockShim } from "../redis/clock-shim.ts";
import { type FleetOptions, startFleet } from "../redis/fleet.ts";
import type { ServerOptions } from "../redis/server-options.ts";
import { type FleetContext, type NotesOptions, Session } from "./session.ts";

/** A restart guard trusts a server that has been up for longer than any TTL. */
const AGE_MS = 7 * 24 * 3_600_000;

/** How the fleet is started, and what becomes of its notes. */
export interface WithFleetOptions extends Omit<FleetOptions, "nodes" | "proxied">, NotesOptions {
  /** For every `Redlock` of the routine. */
  readonly redlock?: RedlockOptions;
}

/**
 * `nodes`: how many servers, or one entry of options for each. Resolves or rejects as the routine does; rejects also
 * when the locks did not keep what they promise. Servers, proxies, connections and holders are gone then.
 *
 * Servers seem to be a week old, so that the restart guard trusts them; where that cannot be had (see
 * `findClockShim`), the guard is off.
 */
export async function withFleet<Result>(
  nodes: number | readonly ServerOptions[],
  ...rest:
    | [routine: (context: FleetContext) => Promise<Result>]
    | [options: WithFleetOptions, routine: (context: FleetContext) => Promise<Result>]
): Promise<Result> {
  const routine = rest.length === 1 ? rest[0] : rest[1];
  const options = rest.length === 1 ? {} : rest[0];
  const isGrown = (await findClockShim()).available;
  const server = isGrown ? { ageMs: AGE_MS, ...options.server } : options.server;
  const fleet = await startFleet({ ...options, ...(server && { server }), nodes, proxied: true });
  const session = new Session(fleet, { ...(isGrown ? {} : { restartGuardMs: 0 }), ...options.redlock });
  try {
    const result = await routine(await session.context());
    const breaches = options.check === false ? [] : session.breaches();
    if (breaches[0] !== undefined) throw new Error(`${breaches[0].promise}: ${breaches[0].detail}`);
    return result;
  } catch (error) {
    session.tell(options);
    throw error;
  } finally {
    await session.end();
  }
}
