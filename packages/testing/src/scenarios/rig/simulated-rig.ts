/** A rig in virtual time: a scenario of a minute is played in milliseconds, and a seed decides what chance does. */
import type { Lock, RedlockOptions } from "@quorate/redlock";

import { LockHistory } from "../../history/lock-history.ts";
import { recordLocks } from "../../history/record-locks.ts";
import type { HolderView } from "../../holder/line.ts";
import type { SimServer } from "../../sim/server.ts";
import { EPOCH_MS } from "../../sim/clock.ts";
import { type Actor, Stage } from "../../sim/stage.ts";
import type { Scenario } from "../scenario.ts";
import type { Rig, RigHold, RigHolder, RigNode, RigUser } from "./rig.ts";

/** Resolves or rejects as the scenario does. The same seed, the same run. */
export function playInSimulator(scenario: Scenario, seed: number = 1): Promise<void> {
  const stage = new Stage({ nodes: scenario.nodeCount, seed });
  return stage.until(scenario.play(rigOf(stage)));
}

function rigOf(stage: Stage): Rig {
  const { scheduler, prng } = stage;
  const readClocks = () => ({ monotonicMs: scheduler.nowMs, wallMs: EPOCH_MS + scheduler.nowMs });
  const history = new LockHistory({ name: "sim", readClocks });
  const recorded = (
    peer: string,
    options: RedlockOptions = {},
    { nodes, wire, wallOffsetMs = 0 }: RigUser = {},
  ): Actor => {
    const actor = stage.process(peer, options, wallOffsetMs, (all) => {
      const known = nodes === undefined ? all : nodes.map((node) => all[node]!);
      return wire === undefined ? known : known.map((node, index) => wire.around(node, index));
    });
    actor.redlock.on("warning", () => undefined);
    recordLocks(actor.redlock, history, peer);
    return actor;
  };
  return {
    isSimulated: true,
    net: stage.network,
    nodes: stage.servers.map(nodeOf),
    history,
    connect: async (peer, options, user) => recorded(peer, options, user).redlock,
    startHolder: (peer, resource, ttlMs, hold) => holderOf(recorded(peer), resource, ttlMs, hold),
    nowMs: () => scheduler.nowMs,
    pass: (durationMs) => new Promise((resolve) => scheduler.after(durationMs, resolve)),
    random: () => prng.next(),
  };
}

function nodeOf(server: SimServer): RigNode {
  const { model, clocks } = server;
  const nowMs = (): number => Math.floor(clocks.wallMs);
  return {
    kill: async () => server.kill(),
    pause: async () => server.stop(),
    resume: () => server.resume(),
    takeSnapshot: async () => server.takeSnapshot(),
    restart: async (memory) => server.restart(memory),
    flush: async () => server.flushAll(),
    stepClock: (byMs) => clocks.stepWall(byMs),
    occupy: async (resource, ttlMs) => model.keyspace.set(resource, "somebody-else", nowMs() + ttlMs),
    tryOccupy: async (resource, ttlMs) => {
      if (model.keyspace.get(resource, nowMs()) !== undefined) return false;
      model.keyspace.set(resource, "somebody-else", nowMs() + ttlMs);
      return true;
    },
    fillMemory: async () => void (model.outOfMemory = true),
    freeMemory: async () => void (model.outOfMemory = false),
    tokenOf: async (resource) => model.keyspace.get(resource, nowMs())?.text,
  };
}

function take({ redlock }: Actor, resource: string, ttlMs: number, hold: RigHold | undefined): Promise<Lock> {
  if (hold === undefined || !("elect" in hold)) return redlock.acquire(resource, ttlMs, { autoExtend: true, ...hold });
  return new Promise((resolve, reject) => {
    const lead = (_signal: AbortSignal, lock: Lock): Promise<never> => {
      resolve(lock);
      return new Promise(() => {});
    };
    redlock.elect(resource, ttlMs, undefined, lead).catch(reject);
  });
}

async function holderOf(actor: Actor, resource: string, ttlMs: number, hold: RigHold | undefined): Promise<RigHolder> {
  const { process } = actor;
  const lock = await take(actor, resource, ttlMs, hold);
  const view = (): HolderView => {
    const [isHeld, remainingMs] = [lock.isHeld(), lock.remainingMs()];
    const { token, fencingToken, permits } = lock;
    return { isHeld, remainingMs, isAborted: lock.signal.aborted, token, fencingToken, permits };
  };
  return {
    pause: async () => process.stop(),
    resume: () => process.resume(),
    kill: async () => process.kill(),
    stepClock: (byMs) => process.clocks.stepWall(byMs),
    look: () => new Promise((resolve) => process.enter(() => resolve(view()))),
  };
}
