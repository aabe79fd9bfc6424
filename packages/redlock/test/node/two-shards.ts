import { startFleet, type Fleet } from "@quorate/testing";
import { pause } from "./real-node.ts";

/** Two masters that share the slots of a Cluster; resolves when both know it. */
export async function startTwoShards(): Promise<Fleet> {
  const fleet = await startFleet({ nodes: 2, server: { config: { "cluster-enabled": "yes" } } });
  const [one, two] = [fleet.node(0), fleet.node(1)];
  await one.command("CLUSTER", "ADDSLOTSRANGE", 0, 8191);
  await two.command("CLUSTER", "ADDSLOTSRANGE", 8192, 16_383);
  await one.command("CLUSTER", "SET-CONFIG-EPOCH", 1);
  await two.command("CLUSTER", "SET-CONFIG-EPOCH", 2);
  await one.command("CLUSTER", "MEET", two.host, two.port);
  const isWhole = async (): Promise<boolean> => {
    const told = await Promise.all(fleet.servers.map((server) => server.command("CLUSTER", "INFO")));
    return told.every((info) => String(info).includes("cluster_state:ok"));
  };
  while (!(await isWhole())) await pause(20);
  return fleet;
}
