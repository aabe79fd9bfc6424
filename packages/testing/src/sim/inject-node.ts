/** The faults of nodes: what happens to a server process, to its memory, and to what its address leads to. */
import type { Fault } from "./plan.ts";
import type { Scheduler } from "./scheduler.ts";
import type { SimServer } from "./server.ts";

/** Where nodes are disturbed. */
export interface NodesInTime {
  readonly scheduler: Scheduler;
  readonly servers: readonly SimServer[];
}

/** Those that happen to one node. */
export type NodeFault = Extract<Fault, { readonly node: number }>;

/** What a fault needs to have happened before. */
export function prepareOnNode(world: NodesInTime, fault: NodeFault, atMs: number): void {
  if (fault.kind !== "promote replica") return;
  const replicatedAtMs = Math.max(0, atMs - fault.lagMs);
  world.scheduler.after(replicatedAtMs, () => world.servers[fault.node]?.replicate());
}

/** Returns what ends the fault; `undefined` when it needs no end. */
export function beginOnNode(world: NodesInTime, fault: NodeFault): (() => void) | undefined {
  const server = world.servers[fault.node];
  if (server === undefined) return undefined;
  switch (fault.kind) {
    case "kill node":
      server.kill(fault.silently);
      return () => {
        if (!server.isUp) server.restart(fault.memory);
      };
    case "stop node":
      server.stop();
      return () => server.resume();
    case "snapshot node":
      return void server.takeSnapshot();
    case "move address":
      return void server.moveToSpare(fault.silently);
    case "promote replica":
      return void server.promoteReplica(fault.tells);
    case "demote node":
      server.demote();
      return () => server.promote();
    case "flush node":
      return void server.flushAll();
    case "swap database":
      return void server.flushAll();
    case "flush scripts":
      return void server.flushScripts();
    case "fill memory":
      server.model.outOfMemory = true;
      return () => {
        server.model.outOfMemory = false;
      };
    case "publish":
      return void server.publishNonsense();
    case "reset connections":
      return void server.sessions.reset();
    case "step node clock":
      return void server.clocks.stepWall(fault.byMs);
  }
}
