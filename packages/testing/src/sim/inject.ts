/** Carries out the faults of a plan: each begins at its time and is over after its duration. */
import { isInScope } from "../rule/message.ts";
import type { Network } from "../rule/network.ts";
import { beginOnNode, type NodeFault, type NodesInTime, prepareOnNode } from "./inject-node.ts";
import type { Fault, Plan, PlannedFault } from "./plan.ts";
import type { Population } from "./population.ts";
import type { Weather } from "./weather.ts";

/** What faults happen to. */
export interface Faulty extends NodesInTime {
  readonly plan: Plan;
  readonly network: Network;
  readonly weather: Weather;
  readonly population: Population;
}

export function scheduleFaults(world: Faulty, faults: readonly PlannedFault[]): void {
  for (const { atMs, durationMs, fault } of faults) {
    if ("node" in fault) prepareOnNode(world, fault, atMs);
    world.scheduler.after(atMs, () => {
      const end = begin(world, fault, durationMs);
      if (end !== undefined) world.scheduler.after(durationMs, end);
    });
  }
}

/** Returns what ends the fault; `undefined` when it needs no end. */
function begin(world: Faulty, fault: Fault, durationMs: number): (() => void) | undefined {
  if ("node" in fault) return disturbingNode(world, fault, beginOnNode(world, fault));
  switch (fault.kind) {
    case "partition":
    case "black hole":
    case "lose replies":
    case "slow":
      return beginOnNetwork(world, fault);
    case "stop process":
      return void world.population.process(fault.process)?.stopFor(durationMs);
    case "suspend process":
      return void world.population.process(fault.process)?.suspendFor(durationMs);
    case "freeze process":
      return freeze(world, fault.process, durationMs);
    case "step process clock":
      return void world.population.process(fault.process)?.clocks.stepWall(fault.byMs);
    case "close process":
      return void world.population.close(fault.process);
    case "kill process":
      world.population.kill(fault.process);
      return () => world.population.start(fault.process);
  }
}

/** What happens to the node itself is felt on all ways to it. */
function disturbingNode(world: Faulty, fault: NodeFault, end: (() => void) | undefined): (() => void) | undefined {
  // What others publish or keep beside us is no reason to fail.
  if (fault.kind === "publish" || fault.kind === "snapshot node") return end;
  const isSilent = "silently" in fault && fault.silently;
  const calm = world.weather.disturb({ nodes: [fault.node] }, recoveryMs(world, isSilent));
  if (end === undefined) {
    calm();
    return undefined;
  }
  return () => {
    end();
    calm();
  };
}

/** What is lost without a word is found out when a call has waited for long, perhaps behind one that was answered. */
function recoveryMs({ plan }: Faulty, isSilent: boolean): number {
  const { connectTimeoutMs, reconnectDelayMs, socketTimeoutMs } = plan.client;
  return connectTimeoutMs + reconnectDelayMs + 200 + (isSilent ? 2 * socketTimeoutMs + 300 : 0);
}

/** The servers, or a NAT between, have forgotten its connections; each is found dead when it is next used. */
function freeze(world: Faulty, index: number, durationMs: number): undefined {
  const process = world.population.process(index);
  if (process === undefined) return;
  process.stopFor(durationMs);
  for (const server of world.servers) server.sessions.dropPeer(process.name);
}

type NetworkFault = Extract<Fault, { readonly peers: readonly string[] }>;

function beginOnNetwork(world: Faulty, fault: NetworkFault): () => void {
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
  const isSilent = fault.kind === "black hole" || fault.kind === "lose replies";
  // What was made slow is still under way, and what is written behind it comes no sooner.
  const underWayMs = fault.kind === "slow" ? fault.byMs : 0;
  const calm = world.weather.disturb({ nodes, peers }, underWayMs + recoveryMs(world, isSilent));
  return () => {
    guard[Symbol.dispose]();
    calm();
  };
}
