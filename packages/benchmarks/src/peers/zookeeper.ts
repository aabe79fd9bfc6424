/**
 * ZooKeeper's recipe for a lock, as its documentation gives it: an ephemeral sequential node for each waiter, held by the
 * lowest; each waiter watches the one right before it.
 */
import { inspect } from "node:util";
import zooKeeper, { type Client, type Event as ZooKeeperEvent } from "node-zookeeper-client";
import { calls } from "./clients.ts";
import type { Peer, PeerSetup } from "./peer.ts";

/** The client tells a fault of the server by an exception that is no Error. */
type Done<Result> = (error: object | null, result: Result) => void;

export async function openZooKeeper({ urls, ttlMs }: PeerSetup): Promise<Peer<string>> {
  const hosts = urls.map((url) => new URL(url).host).join(",");
  const client = zooKeeper.createClient(hosts, { sessionTimeout: ttlMs, spinDelay: 50, retries: 3 });
  const connected = new Promise<void>((resolve) => client.once("connected", resolve));
  client.connect();
  await connected;
  const folders = new Set<string>();
  return {
    async acquire([resource]) {
      const folder = `/${encodeURIComponent(resource!)}`;
      if (!folders.has(folder)) await call<string>((done) => client.mkdirp(folder, done));
      folders.add(folder);
      const path = await call<string>((done) =>
        client.create(`${folder}/place-`, zooKeeper.CreateMode.EPHEMERAL_SEQUENTIAL, done),
      );
      await untilLowest(client, folder, path.slice(folder.length + 1));
      return path;
    },
    release: (path) => call<void>((done) => client.remove(path, done as (error: object | null) => void)),
    close: async () => client.close(),
  };
}

async function untilLowest(client: Client, folder: string, own: string): Promise<void> {
  for (;;) {
    const places = (await call<string[]>((done) => client.getChildren(folder, done))).sort();
    const before = places[places.indexOf(own) - 1];
    if (before === undefined) return;
    let onGone: (event: ZooKeeperEvent) => void = () => {};
    const gone = new Promise<ZooKeeperEvent>((resolve) => (onGone = resolve));
    const stat = await call<unknown>((done) => client.exists(`${folder}/${before}`, onGone, done));
    if (stat) await gone;
  }
}

function call<Result>(begin: (done: Done<Result>) => void): Promise<Result> {
  calls.count += 1;
  return new Promise((resolve, reject) =>
    begin((error, result) => (error ? reject(new Error(`ZooKeeper refused: ${inspect(error)}`)) : resolve(result))),
  );
}
