/** One process's Redlock: the real library over simulated connections to every node. */
import { Redlock } from "@quorate/redlock";
import { createNode } from "@quorate/redlock/node";

import type { Network } from "../rule/network.ts";
import { SimConnection } from "./connection.ts";
import { Link } from "./link.ts";
import type { Judge } from "./oracle/judge.ts";
import type { Plan } from "./plan.ts";
import type { SimProcess } from "./process.ts";
import { createSimRuntime } from "./runtime.ts";
import type { Scheduler } from "./scheduler.ts";
import type { SimServer } from "./server.ts";

/** What a process's connections run through. */
export interface Wires {
  readonly plan: Plan;
  readonly scheduler: Scheduler;
  readonly network: Network;
  readonly servers: readonly SimServer[];
  readonly judge: Judge;
}

export function wireRedlock(process: SimProcess, wires: Wires): Redlock {
  const { plan, scheduler, network, servers, judge } = wires;
  const runtime = createSimRuntime(process, (token) => judge.drewToken(token, process));
  const nodes = servers.map((server, index) => {
    const link = new Link(network, process.name, index, plan.latency, process.prng.fork(`link ${index}`));
    const route = { timeline: scheduler, host: process, link, server, settings: plan.client };
    return createNode(new SimConnection(route, runtime), runtime);
  });
  const redlock = new Redlock(nodes, plan.options, runtime);
  redlock.on("warning", () => {});
  redlock.on("extended", (event) => judge.extendedBy(process, event));
  return redlock;
}
