/** Three etcd members; each write is synced to disk by a majority of them, as always with etcd. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts, killMember, Member, untilReady } from "./member.ts";
import type { Service } from "./service.ts";

interface Status {
  readonly leader?: string;
  readonly header?: { readonly member_id?: string };
}

export async function startEtcd(): Promise<Service> {
  const folder = await mkdtemp(join(tmpdir(), "etcd-"));
  const ports = await freePorts(6);
  const clientUrls = ports.slice(0, 3).map((port) => `http://127.0.0.1:${port}`);
  const peerUrls = ports.slice(3).map((port) => `http://127.0.0.1:${port}`);
  const cluster = peerUrls.map((url, index) => `n${index}=${url}`).join(",");
  const members = peerUrls.map((peerUrl, index) => {
    const options = {
      name: `n${index}`,
      "data-dir": join(folder, `n${index}`),
      "listen-client-urls": clientUrls[index]!,
      "advertise-client-urls": clientUrls[index]!,
      "listen-peer-urls": peerUrl,
      "initial-advertise-peer-urls": peerUrl,
      "initial-cluster": cluster,
      "initial-cluster-state": "new",
    };
    return new Member(
      "etcd",
      Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]),
    );
  });
  const stop = async (): Promise<void> => {
    await Promise.all(members.map((member) => member.kill()));
    await rm(folder, { recursive: true, force: true });
  };
  const leader = async (): Promise<number> => {
    const statuses = await Promise.all(clientUrls.map((url) => statusOf(url).catch((): Status => ({}))));
    return statuses.findIndex(({ leader: id, header }) => id !== undefined && id !== "0" && id === header?.member_id);
  };
  try {
    await untilReady("etcd", async () => (await leader()) >= 0);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    peer: "etcd",
    label: "etcd",
    urls: clientUrls,
    pids: members.map(({ pid }) => pid),
    killLeader: async () => killMember(members, await leader()),
    stop,
  };
}

/** Over the JSON gateway, which every member has beside gRPC. */
async function statusOf(url: string): Promise<Status> {
  const reply = await fetch(`${url}/v3/maintenance/status`, { method: "POST", body: "{}" });
  return (await reply.json()) as Status;
}
