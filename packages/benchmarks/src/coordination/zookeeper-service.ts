/** Three ZooKeeper servers; each write is synced to disk by a majority of them, as always with ZooKeeper. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { askInText, freePorts, killMember, Member, untilReady } from "./member.ts";
import type { Service } from "./service.ts";

/** Where Debian's package puts it. */
const classPath = "/etc/zookeeper/conf:/usr/share/java/zookeeper.jar";

export async function startZooKeeper(): Promise<Service> {
  const folder = await mkdtemp(join(tmpdir(), "zookeeper-"));
  const ports = await freePorts(9);
  const clientPorts = ports.slice(0, 3);
  const ensemble = [0, 1, 2].map((index) => `server.${index + 1}=127.0.0.1:${ports[3 + index]}:${ports[6 + index]}`);
  const members: Member[] = [];
  for (const [index, clientPort] of clientPorts.entries()) {
    const dataDir = join(folder, String(index));
    await mkdir(dataDir);
    await writeFile(join(dataDir, "myid"), String(index + 1));
    const settings = ["tickTime=2000", "initLimit=10", "syncLimit=5", `dataDir=${dataDir}`, "admin.enableServer=false"];
    const config = [...settings, `clientPort=${clientPort}`, "clientPortAddress=127.0.0.1", ...ensemble].join("\n");
    await writeFile(join(dataDir, "zoo.cfg"), `${config}\n`);
    const options = ["-Xmx256m", "-Dzookeeper.root.logger=ERROR,CONSOLE", "-cp", classPath];
    const main = "org.apache.zookeeper.server.quorum.QuorumPeerMain";
    members.push(new Member("java", [...options, main, join(dataDir, "zoo.cfg")]));
  }
  const stop = async (): Promise<void> => {
    await Promise.all(members.map((member) => member.kill()));
    await rm(folder, { recursive: true, force: true });
  };
  const modes = (): Promise<string[]> =>
    Promise.all(clientPorts.map((port) => askInText(port, "srvr").catch(() => "")));
  try {
    await untilReady("ZooKeeper", async () => (await modes()).every((text) => /Mode: (leader|follower)/.test(text)));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    peer: "zookeeper",
    label: "ZooKeeper",
    urls: clientPorts.map((port) => `zookeeper://127.0.0.1:${port}`),
    pids: members.map(({ pid }) => pid),
    killLeader: async () =>
      killMember(
        members,
        (await modes()).findIndex((text) => text.includes("Mode: leader")),
      ),
    stop,
  };
}
