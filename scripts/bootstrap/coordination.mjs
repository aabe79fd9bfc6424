/** etcd and ZooKeeper, which one of the benchmarks compares with; it says so and goes on where they cannot be had. */
import { existsSync } from "node:fs";
import { aptInstall } from "./apt.mjs";
import { runQuietly } from "./step.mjs";

export async function fetchCoordinationServices() {
  const hasEtcd = await runQuietly(["etcd", "--version"]).then(
    () => true,
    () => false,
  );
  if (hasEtcd && existsSync("/usr/share/java/zookeeper.jar")) return "there already";
  if (process.platform !== "linux" || process.getuid() !== 0) return "need the packages etcd-server and zookeeper";
  return aptInstall(["etcd-server", "zookeeper"]).then(
    () => "installed",
    (error) => error.message.split("\n")[0],
  );
}
