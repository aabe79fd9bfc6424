/** What the compat tests run on: our implementation and the real one, on one node, three nodes, and a Redis Cluster. */
import { createRequire } from "node:module";
import * as ours from "@quorate/redlock/compat";
import { startFleet, type Fleet, type FleetOptions } from "@quorate/testing";
import { Cluster, Redis } from "ioredis";

/** The real package ships types that its own `exports` hide; ours have the same shape. */
export const theirs = createRequire(import.meta.url)("redlock-5") as typeof ours;

/** Named "redlock 5": the control, which must pass what we claim to keep. */
export const implementations = [
  { name: "compat", api: ours },
  { name: "redlock 5", api: theirs },
] as const;

export type Api = typeof ours;
export type AnyClient = Redis | Cluster;

/** Servers, with the clients that tests made for them. */
export interface Stand extends AsyncDisposable {
  readonly fleet: Fleet;
  /** One fresh client per node. */
  clients(): AnyClient[];
}

export interface Topology {
  readonly name: string;
  start(): Promise<Stand>;
}

export async function startStand(options: FleetOptions, isCluster = false): Promise<Stand> {
  const fleet = await startFleet(options);
  if (isCluster) await Promise.all(fleet.servers.map((server) => formCluster(server)));
  const made: AnyClient[] = [];
  return {
    fleet,
    clients() {
      const fresh = fleet.urls.map((url) => (isCluster ? clusterOf(url) : new Redis(url)));
      for (const client of fresh) client.on("error", () => {});
      made.push(...fresh);
      return fresh;
    },
    async [Symbol.asyncDispose]() {
      for (const client of made) client.disconnect();
      await fleet.stop();
    },
  };
}

/** A cluster of one: all slots on one server. */
async function formCluster(server: Fleet["servers"][number]): Promise<void> {
  await server.command("CLUSTER", "ADDSLOTSRANGE", 0, 16_383);
  while (!String(await server.command("CLUSTER", "INFO")).includes("cluster_state:ok")) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function clusterOf(url: string): Cluster {
  const { hostname, port } = new URL(url);
  return new Cluster([{ host: hostname, port: Number(port) }]);
}

/** A server that never met another does not know its own address, which clients ask for. */
const clusterConfig = { "cluster-enabled": "yes", "cluster-announce-ip": "127.0.0.1" };

export const topologies: readonly Topology[] = [
  { name: "one node", start: () => startStand({ nodes: 1 }) },
  { name: "three nodes", start: () => startStand({ nodes: 3 }) },
  {
    name: "one Redis Cluster",
    start: () => startStand({ nodes: 1, server: { config: clusterConfig } }, true),
  },
  {
    name: "three Redis Clusters",
    start: () => startStand({ nodes: 3, server: { config: clusterConfig } }, true),
  },
];
