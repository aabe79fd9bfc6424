/** A rig of real redis-server processes behind proxies. */
import { setTimeout as sleep } from "node:timers/promises";

import { Redlock, type RedlockOptions } from "@quorate/redlock";
import { type ClockReading, connectNodes, systemRuntime } from "@quorate/redlock/node";

import { recordLocks } from "../../history/record-locks.ts";
import type { FleetContext } from "../../fleet/session.ts";
import { withFleet } from "../../fleet/with-fleet.ts";
import { findClockShim } from "../../redis/clock-shim.ts";
import type { RedisServer, Snapshot } from "../../redis/server.ts";
import type { Scenario } from "../scenario.ts";
import type { Rig, RigNode, RigUser } from "./rig.ts";

/**
 * Resolves or rejects as the scenario does; see `withFleet` for what it shows of one that fails. `onTimeline`: gets that
 * instead, of a control for one, which is to fail.
 */
export async function playOnServers(scenario: Scenario, onTimeline?: (text: string) => void): Promise<void> {
  if (scenario.isSimulatedOnly === true) throw new RangeError(`${scenario.id} can be played in the simulator only`);
  const { available } = await findClockShim();
  const config = { appendonly: "yes", appendfsync: "always" };
  const server = { clock: available, ...(scenario.isDurable === true ? { config } : {}) };
  const told = onTimeline === undefined ? {} : { onTimeline };
  await withFleet(scenario.nodeCount, { server, check: false, ...told }, async (context) => {
    const users: Redlock[] = [];
    try {
      const guard = available ? {} : { restartGuardMs: 0 };
      await scenario.play(rigOf(context, users, guard, scenario.isPatient === true ? PATIENT : {}));
    } finally {
      context.net.heal();
      for (const server of context.nodes) server.resume();
      await Promise.all(users.map((user) => user.close()));
    }
  });
}

const PATIENT = { nodeTimeoutMs: 5_000 };

/** Who has a wire, a clock or nodes of its own. */
async function connectUser(
  { fleet, history }: FleetContext,
  peer: string,
  options: RedlockOptions,
  { nodes: known, wire, wallOffsetMs = 0 }: RigUser,
): Promise<Redlock> {
  const all = await fleet.urlsFor(peer);
  const urls = known === undefined ? all : known.map((node) => all[node]!);
  const readClocks = (): ClockReading => {
    const { wallMs, ...clocks } = systemRuntime.readClocks();
    return { ...clocks, wallMs: wallMs + wallOffsetMs };
  };
  const runtime = { ...systemRuntime, readClocks };
  const nodes = connectNodes(urls, runtime);
  const redlock = new Redlock(
    wire === undefined ? nodes : nodes.map((node, index) => wire.around(node, index)),
    options,
    runtime,
  );
  recordLocks(redlock, history, peer);
  return redlock;
}

function rigOf(
  context: FleetContext,
  users: Redlock[],
  guard: RedlockOptions,
  patience: { readonly nodeTimeoutMs?: number },
): Rig {
  const { nodes, net, history } = context;
  const usual = { ...guard, ...patience };
  return {
    isSimulated: false,
    net,
    nodes: nodes.map(nodeOf),
    history,
    connect: async (peer, options, user) => {
      const redlock =
        user === undefined
          ? await context.connect(peer, { ...usual, ...options })
          : await connectUser(context, peer, { ...usual, ...options }, user);
      if (user !== undefined) users.push(redlock);
      redlock.on("warning", () => undefined);
      return redlock;
    },
    startHolder: (peer, resource, ttlMs, hold) =>
      context.startHolder(peer, resource, ttlMs, { ...patience, ...(hold !== undefined && { hold }) }),
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
    tryOccupy: async (resource, ttlMs) =>
      (await server.command("SET", resource, "somebody-else", "NX", "PX", ttlMs)) !== null,
    fillMemory: () => server.fillMemory(),
    freeMemory: () => server.freeMemory(),
    tokenOf: async (resource) => {
      if (!server.running || server.state !== "running") return undefined;
      return ((await server.command("GET", resource)) as string | null) ?? undefined;
    },
  };
}
