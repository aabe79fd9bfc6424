/** A rig of real redis-server processes behind proxies. */
import { setTimeout as sleep } from "node:timers/promises";

import { withFleet, type FleetContext } from "../../fleet/with-fleet.ts";
import { findClockShim } from "../../redis/clock-shim.ts";
import type { RedisServer, Snapshot } from "../../redis/server.ts";
import type { Scenario } from "../scenario.ts";
import type { Rig, RigNode } from "./rig.ts";

/** Resolves or rejects as the scenario does; see `withFleet` for what it shows of one that fails. */
export async function playOnServers(scenario: Scenario): Promise<void> {
  if (scenario.isSimulatedOnly === true) throw new RangeError(`${scenario.id} can be played in the simulator only`);
  const { available } = await findClockShim();
  const config = { appendonly: "yes", appendfsync: "always" };
  const server = { clock: available, ...(scenario.isDurable === true ? { config } : {}) };
  await withFleet(scenario.nodeCount, { server, check: false }, (context) => scenario.play(rigOf(context)));
}

function rigOf(context: FleetContext): Rig {
  const { nodes, net, history } = context;
  return {
    isSimulated: false,
    net,
    nodes: nodes.map(nodeOf),
    history,
    connect: async (peer, options) => {
      const redlock = await context.connect(peer, options);
      redlock.on("warning", () => undefined);
      return redlock;
    },
    startHolder: (peer, resource, ttlMs) => context.startHolder(peer, resource, ttlMs),
    nowMs: () => performance.now(),
    pass: (durationMs) => sleep(durationMs),
    random: Math.random,
  };
}

function nodeOf(server: RedisServer): RigNode {
  const { clock } = server;
  let snapshot: Snapshot | undefined;
  return {
    kill: () => server.kill(),
    pause: () => server.pause(),
    resume: () => server.resume(),
    takeSnapshot: async () => void (snapshot = await server.snapshot()),
    restart: async (memory) => {
      await server.kill();
      if (memory === "snapshot" && snapshot !== undefined) await server.restart({ from: snapshot });
      else await server.restart({ keepData: memory === "kept" });
    },
    flush: () => server.flushAll(),
    stepClock: clock && ((byMs) => clock.jump(byMs)),
    occupy: async (resource, ttlMs) => void (await server.command("SET", resource, "somebody-else", "PX", ttlMs)),
    tokenOf: async (resource) => {
      if (!server.running || server.state !== "running") return undefined;
      return ((await server.command("GET", resource)) as string | null) ?? undefined;
    },
  };
}
