/** Everything that is compared, in the order of the tables; and a control, which must never pass for a lock. */
import { openCountingSemaphore } from "./counting-semaphore.ts";
import { openEtcd } from "./etcd.ts";
import { openNoLock } from "./no-lock.ts";
import { openOurs, oursMode } from "./ours.ts";
import type { PeerKind } from "./peer.ts";
import { openRawFanOut } from "./raw-fan-out.ts";
import { openRedisSemaphore } from "./redis-semaphore.ts";
import { openRedlock4 } from "./redlock-4.ts";
import { openRedlock5 } from "./redlock-5.ts";
import { openRedlockUniversal } from "./redlock-universal.ts";
import { openTcpFloor } from "./tcp-floor.ts";
import { openZooKeeper } from "./zookeeper.ts";

export type PeerName =
  | "ours"
  | "ours-unfair"
  | "ours-unfenced"
  | "ours-durable"
  | "redlock-5"
  | "redlock-4"
  | "redis-semaphore"
  | "redis-semaphore-single"
  | "counting-semaphore"
  | "redlock-universal"
  | "raw-fan-out"
  | "tcp-floor"
  | "etcd"
  | "zookeeper"
  | "no-lock";

export const peers: Readonly<Record<PeerName, PeerKind>> = {
  ours: {
    label: "@quorate/redlock",
    takesSeveral: true,
    waits: true,
    open: (setup) => openOurs(setup, oursMode("ours")),
  },
  "ours-unfair": {
    label: "@quorate/redlock, fair off",
    takesSeveral: true,
    waits: true,
    open: (setup) => openOurs(setup, oursMode("ours-unfair")),
  },
  "ours-unfenced": {
    label: "@quorate/redlock, fencing off",
    takesSeveral: true,
    waits: true,
    open: (setup) => openOurs(setup, oursMode("ours-unfenced")),
  },
  "ours-durable": {
    label: "@quorate/redlock, durable nodes",
    takesSeveral: true,
    waits: true,
    open: (setup) => openOurs(setup, oursMode("ours-durable")),
  },
  "redlock-5": { label: "redlock 5.0.0-beta.2", takesSeveral: true, waits: true, open: openRedlock5 },
  "redlock-4": { label: "redlock 4.2.0", takesSeveral: true, waits: true, open: openRedlock4 },
  "redis-semaphore": {
    label: "redis-semaphore 5.8.0",
    takesSeveral: false,
    waits: true,
    open: (setup) => openRedisSemaphore(setup),
  },
  "redis-semaphore-single": {
    label: "redis-semaphore 5.8.0, Semaphore of one server",
    takesSeveral: false,
    waits: true,
    open: (setup) => openRedisSemaphore(setup, true),
  },
  "counting-semaphore": {
    label: "one server, counted as Redisson does",
    takesSeveral: false,
    waits: true,
    open: openCountingSemaphore,
  },
  "redlock-universal": {
    label: "redlock-universal 0.8.5",
    takesSeveral: false,
    waits: true,
    open: openRedlockUniversal,
  },
  "raw-fan-out": { label: "raw ioredis fan-out", takesSeveral: false, waits: false, open: openRawFanOut },
  "tcp-floor": { label: "raw TCP floor", takesSeveral: false, waits: false, open: openTcpFloor },
  etcd: { label: "etcd", takesSeveral: false, waits: true, open: openEtcd },
  zookeeper: { label: "ZooKeeper", takesSeveral: false, waits: true, open: openZooKeeper },
  "no-lock": { label: "control: no lock at all", takesSeveral: true, waits: true, open: openNoLock },
};

/** Those that are measured with other servers, or must never pass. */
const apart: readonly PeerName[] = [
  "ours-durable",
  "redis-semaphore-single",
  "counting-semaphore",
  "etcd",
  "zookeeper",
  "no-lock",
];

export const peerNames: readonly PeerName[] = (Object.keys(peers) as PeerName[]).filter(
  (name) => !apart.includes(name),
);

/** Where nobody competes a line costs nothing, so that both settings of `fair` would be measured to be the same. */
export const cyclePeers: readonly PeerName[] = peerNames.filter((name) => name !== "ours-unfair");
