/**
 * ZooKeeper's recipe for a lock, as its documentation gives it: an ephemeral sequential node for each waiter, held by the
 * lowest; each waiter watches the one right before it. The name holds an id, for the answer that is lost with a member.
 */
import { randomUUID } from "node:crypto";
import { inspect } from "node:util";
import zooKeeper, { type Event as ZooKeeperEvent } from "node-zookeeper-client";
import { calls } from "./clients.ts";
import type { Peer, PeerSetup } from "./peer.ts";
import { persist } from "./persist.ts";

/** The client tells a fault of the server by an exception that is no Error. */
type Done<Result> = (error: object | null, result: Result) => void;

export async function openZooKeeper(setup: PeerSetup): Promise<Peer<string>> {
  const { urls, ttlMs } = setup;
  const hosts = urls.map((url) => new URL(url).host).join(",");
  const client = zooKeeper.createClient(hosts, { sessionTimeout: ttlMs, spinDelay: 50, retries: 3 });
  const connected = new Promise<void>((resolve) => client.once("connected", resolve));
  client.connect();
  await connected;
  const folders = new Set<string>();
  const insist = <Result>(begin: (done: Done<Result>) => void): Promise<Result> =>
    persist(setup, isMemberLost, () => call(begin));
  const remove = (path: string): Promise<void> =>
    insist<void>((done) => client.remove(path, done as (error: object | null) => void)).catch((error: unknown) => {
      if (codeOf(error) !== zooKeeper.Exception.NO_NODE) throw error;
    });
  return {
    async acquire([resource]) {
      const folder = `/${encodeURIComponent(resource!)}`;
      if (!folders.has(folder)) await insist<string>((done) => client.mkdirp(folder, done));
      folders.add(folder);
      // A place that was made although its answer was lost is known by its name.
      const own = randomUUID();
      await insist<string>((done) =>
        client.create(`${folder}/${own}-place-`, zooKeeper.CreateMode.EPHEMERAL_SEQUENTIAL, done),
      );
      for (;;) {
        const places = (await insist<string[]>((done) => client.getChildren(folder, done))).sort(bySequence);
        const [first, ...others] = places.filter((name) => name.startsWith(own));
        for (const other of others) await remove(`${folder}/${other}`);
        const before = places[places.indexOf(first!) - 1];
        if (before === undefined) return `${folder}/${first}`;
        let onGone: (event: ZooKeeperEvent) => void = () => {};
        const gone = new Promise<ZooKeeperEvent>((resolve) => (onGone = resolve));
        const stat = await insist<unknown>((done) => client.exists(`${folder}/${before}`, onGone, done));
        if (stat) await gone;
      }
    },
    release: remove,
    close: async () => client.close(),
  };
}

const sequenceOf = (name: string): string => name.slice(name.lastIndexOf("-") + 1);
const bySequence = (one: string, other: string): number => (sequenceOf(one) < sequenceOf(other) ? -1 : 1);
const codeOf = (error: unknown): unknown => (error as { cause?: { code?: unknown } }).cause?.code;
const isMemberLost = (error: unknown): boolean => codeOf(error) === zooKeeper.Exception.CONNECTION_LOSS;

function call<Result>(begin: (done: Done<Result>) => void): Promise<Result> {
  calls.count += 1;
  return new Promise((resolve, reject) =>
    begin((error, result) =>
      error ? reject(new Error(`ZooKeeper refused: ${inspect(error)}`, { cause: error })) : resolve(result),
    ),
  );
}
