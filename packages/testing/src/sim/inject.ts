/** Carries out the faults of a plan: each begins at its time and is over after its duration. */
import { isInScope } from "../rule/message.ts";
import type { Fault, PlannedFault } from "./plan.ts";
import type { World } from "./world.ts";

export function scheduleFaults(world: World, faults: readonly PlannedFault[]): void {
  for (const { atMs, durationMs, fault } of faults) {
    world.scheduler.after(atMs, () => {
      const end = begin(world, fault, durationMs);
      if (end !== undefined) world.scheduler.after(durationMs, end);
    });
  }
}

/** Returns what ends the fault; `undefined` when it needs no end. */
function begin(world: World, fault: Fault, durationMs: number): (() => void) | undefined {
  switch (fault.kind) {
    case "kill node":
    case "stop node":
    case "snapshot node":
    case "flush node":
    case "flush scripts":
    case "fill memory":
    case "reset connections":
    case "step node clock":
      return beginOnNode(world, fault);
    case "partition":
    case "black hole":
    case "lose replies":
    case "slow":
      return beginOnNetwork(world, fault);
    case "stop process":
      return void world.process(fault.process)?.stopFor(durationMs);
    case "suspend process":
      return void world.process(fault.process)?.suspendFor(durationMs);
    case "step process clock":
      return void world.process(fault.process)?.clocks.stepWall(fault.byMs);
    case "kill process":
      world.killProcess(fault.process);
      return () => world.startProcess(fault.process);
  }
}

type NodeFault = Extract<Fault, { readonly node: number }>;

function beginOnNode(world: World, fault: NodeFault): (() => void) | undefined {
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
    case "flush node":
      return void server.flushAll();
    case "flush scripts":
      return void server.flushScripts();
    case "fill memory":
      server.model.outOfMemory = true;
      return () => {
        server.model.outOfMemory = false;
      };
    case "reset connections":
      return void server.resetConnections();
    case "step node clock":
      return void server.clocks.stepWall(fault.byMs);
  }
}

type NetworkFault = Extract<Fault, { readonly peers: readonly string[] }>;

function beginOnNetwork(world: World, fault: NetworkFault): () => void {
  const { nodes, peers } = fault;
  const guard = ((): Disposable => {
    switch (fault.kind) {
      case "partition":
        return world.network.partition(
          nodes,
          fault.direction === "both" ? { peers } : { peers, direction: fault.direction },
        );
      case "black hole":
        return world.network.blackHole(nodes, { peers });
      case "lose replies":
        return world.network.lostReply({ nodes, peers });
      case "slow":
        return world.network.addRule((message) =>
          isInScope(message, fault) ? { kind: "delay", delayMs: fault.byMs } : { kind: "pass" },
        );
    }
  })();
  return () => guard[Symbol.dispose]();
}
