/**
 * Fleets on which locks have been kept for long, as far as the restart guard can be told: then only a server's own age counts, and
 * what comes after a wipe need not wait once more for a guard's time.
 */
import { growOld, startFleet, type Fleet, type FleetOptions } from "@quorate/testing";

const hourMs = 3_600_000;

export async function startAgedFleet(options: FleetOptions): Promise<Fleet> {
  const fleet = await startFleet(options);
  await Promise.all(fleet.servers.map((server) => growOld(server, hourMs)));
  return fleet;
}

/** Forgets every lock. To be called while nobody is connected: who saw the life before would count from now. */
export async function wipe({ servers }: Fleet): Promise<void> {
  await Promise.all(
    servers.map(async (server) => {
      await server.flushAll();
      await growOld(server, hourMs);
    }),
  );
}
