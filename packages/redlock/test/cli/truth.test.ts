/**
 * The ways to break a fleet: of each, the error of an acquire, health, the metrics, the warnings and doctor say the same, and
 * what to do. A dashboard that is green while no lock can be taken is a lie.
 */
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { findClockShim, startFleet, type ProxiedFleet } from "@quorate/testing";
import { Redlock, type RedlockOptions, type WarningEvent } from "@quorate/redlock";
import { Redis } from "ioredis";
import { afterAll, beforeAll, test } from "vitest";
import { startTlsServers, type TlsServers } from "../support/tls-servers.ts";
import { until } from "../support/until.ts";
import { type Agreed, agree } from "./agreement.ts";

const shim = await findClockShim();

interface Break extends Agreed {
  /** Breaks the fleet; returns the addresses to use, and how to mend it. */
  readonly make: () => Promise<{ readonly urls?: readonly string[]; readonly mend?: () => unknown }>;
  readonly options?: RedlockOptions;
  readonly needsClock?: boolean;
  /** The system may cut a connection before the client has read why it is refused: an attempt or two tell nothing. */
  readonly isHeardLater?: true;
}

let fleet: ProxiedFleet;
let tls: TlsServers | undefined;
beforeAll(async () => {
  const user = { name: "locker", password: "pw", rules: "~* &* +@all" };
  fleet = await startFleet({
    nodes: 3,
    proxied: true,
    server: { user, clock: shim.available, ageMs: 30 * 86_400_000 },
  });
});
afterAll(() => Promise.all([fleet.stop(), tls?.stop()]));

const two = [0, 1] as const;
const onTwo = (act: (node: FleetNode) => Promise<unknown>): Promise<unknown> =>
  Promise.all(two.map((index) => act(fleet.node(index))));

type FleetNode = ReturnType<ProxiedFleet["node"]>;

const isBusy = (error: Error): boolean => error.message.startsWith("BUSY");

async function dataFolderOf(index: number): Promise<string> {
  const [, folder] = (await fleet.node(index).command("CONFIG", "GET", "dir")) as [string, string];
  return folder;
}

/** Writes a snapshot, which is to end so. */
async function save(node: FleetNode, status: "ok" | "err"): Promise<void> {
  const isDone = async (): Promise<boolean> => {
    const told = String(await node.command("INFO", "persistence"));
    if (told.includes("rdb_bgsave_in_progress:1")) return false;
    if (told.includes(`rdb_last_bgsave_status:${status}`)) return true;
    await node.command("BGSAVE").catch(() => {});
    return false;
  };
  await until(isDone);
}

const breaks: Readonly<Record<string, Break>> = {
  "a wrong password on two": {
    make: async () => ({ urls: fleet.urls.map((url, index) => (index < 2 ? url.replace(":pw@", ":no@") : url)) }),
    error: /On 2 nodes the user name or the password is missing or wrong: mend it/,
    why: /password is missing or wrong/,
    finding: "UNREACHABLE",
    remedy: /Mend it in the address/,
  },
  "out of memory on two": {
    make: async () => {
      await onTwo((node) => node.fillMemory());
      return { mend: () => onTwo((node) => node.freeMemory()) };
    },
    error: /On 2 nodes memory is used up: raise maxmemory/,
    why: /memory is used up .*raise maxmemory/,
    finding: "MEMORY_FULL",
    remedy: /Raise maxmemory/,
  },
  "no right to run scripts on two": {
    make: async () => {
      await onTwo((node) => node.command("ACL", "SETUSER", "locker", "-eval", "-evalsha"));
      return { mend: () => onTwo((node) => node.command("ACL", "SETUSER", "locker", "+eval", "+evalsha")) };
    },
    error: /On 2 nodes the Redis user lacks rights: `npx redlock doctor --nodes 127\.0\.0\.1:\d+,/,
    why: /lacks rights .*`npx redlock doctor --nodes 127\.0\.0\.1:\d+,/,
    finding: "MISSING_RIGHT",
    remedy: /Allow it/,
  },
  "the clocks of two a week behind": {
    needsClock: true,
    make: async () => {
      for (const index of two) fleet.node(index).clock!.jump(-7 * 86_400_000);
      return { mend: () => two.forEach((index) => fleet.node(index).clock!.jump(7 * 86_400_000)) };
    },
    error: /On 2 nodes the clock is more than a day behind this machine's: set both right/,
    why: /clock is more than a day behind/,
    finding: "CLOCK_OFF",
    remedy: /chronyd or ntpd/,
  },
  "one server twice": {
    make: async () => ({ urls: [fleet.urls[0]!, (await fleet.urlsFor("twice"))[0]!, "redis://127.0.0.1:1"] }),
    error: /are the same server/,
    why: /one server is named twice/,
    finding: "SAME_SERVER",
    remedy: /Name each server once/,
  },
  "two that are slow": {
    make: async () => {
      const slow = fleet.net.latency({ nodes: two, delayMs: 300 });
      return { mend: () => slow[Symbol.dispose]() };
    },
    error: /On 2 nodes nothing answers: `npx redlock doctor --nodes/,
    why: /./,
    finding: "TOO_SLOW",
    remedy: /SLOWLOG/,
  },
  "two host names that nobody knows": {
    make: async () => ({
      urls: fleet.urls.map((url, index) => (index < 2 ? url.replace("127.0.0.1", `no-${index}.invalid`) : url)),
    }),
    error: /On 2 nodes the host name is not known here \(DNS\)/,
    why: /host name is not known here/,
    finding: "UNREACHABLE",
    remedy: /Correct the name/,
  },
  "two whose certificate is signed by nobody known": {
    make: async () => {
      tls = await startTlsServers(2);
      return { urls: [...tls.urls, fleet.urls[2]!] };
    },
    error: /On 2 nodes TLS fails: .* give its certificate authority to the client \(tls\.ca\)/,
    why: /TLS fails/,
    finding: "UNREACHABLE",
    remedy: /Use rediss:\/\/ where the server has TLS/,
  },
  "two that take no more connections": {
    make: async () => {
      await onTwo((node) => node.configure("maxclients", "1"));
      return { mend: () => onTwo((node) => node.configure("maxclients", "10000")) };
    },
    error: /On 2 nodes the server takes no more connections: raise maxclients/,
    why: /takes no more connections/,
    isHeardLater: true,
    finding: "UNREACHABLE",
    remedy: /Raise maxclients/,
  },
  "two whose last write to disk failed": {
    make: async () => {
      // Where the snapshot is to go, there is a folder.
      const folders = await Promise.all(two.map(async (index) => join(await dataFolderOf(index), "dump.rdb")));
      await Promise.all(folders.map((folder) => mkdir(join(folder, "in-the-way"), { recursive: true })));
      await onTwo((node) => node.configure("save", "3600 1"));
      await onTwo((node) => save(node, "err"));
      const mend = async (): Promise<void> => {
        await Promise.all(folders.map((folder) => rm(folder, { recursive: true })));
        await onTwo((node) => save(node, "ok"));
        await onTwo((node) => node.configure("save", ""));
      };
      return { mend };
    },
    error: /On 2 nodes the last write to disk failed: look at the server's log/,
    why: /last write to disk failed/,
    finding: "WRITES_REFUSED",
    remedy: /disk is full/,
  },
  "two that are busy with a script": {
    make: async () => {
      await onTwo((node) => node.configure("busy-reply-threshold", "1"));
      // Connected before: a busy server greets nobody.
      const killers = two.map((index) => new Redis(fleet.urls[index]!));
      await Promise.all(killers.map((killer) => killer.ping()));
      const scripts = onTwo((node) => node.command("EVAL", "while true do end", 0).catch(() => {}));
      await Promise.all(killers.map((killer) => until(() => killer.ping().then(() => false, isBusy))));
      const mend = async (): Promise<void> => {
        await Promise.all(killers.map((killer) => killer.script("KILL")));
        await scripts;
        for (const killer of killers) killer.disconnect();
      };
      return { mend };
    },
    error: /On 2 nodes the server is busy with a script: wait, or end that script \(SCRIPT KILL\)/,
    why: /busy with a script/,
    finding: "UNREACHABLE",
    remedy: /SCRIPT KILL/,
  },
  "two that are replicas": {
    make: async () => {
      await onTwo((node) => node.becomeReplicaOf(fleet.node(2)));
      return { mend: () => onTwo((node) => node.promote()) };
    },
    error: /is a replica/,
    why: /the server is a replica .*put a master of its own in its place/,
    finding: "REPLICA",
    remedy: /Put a master of its own in its place/,
  },
  "all restarted": {
    make: async () => {
      await Promise.all(fleet.servers.map((server) => server.restart({ keepData: false })));
      return {};
    },
    options: { restartGuardMs: 30_000 },
    doctorArguments: ["--restart-guard", "30000ms"],
    error: /The restart guard lets a quorum count in [\d.]+ s: try again then/,
    why: /it restarted, and its votes count again in \d+ s/,
    finding: "QUARANTINED",
    remedy: /Wait/,
  },
  "two that are dead": {
    make: async () => {
      await onTwo((node) => node.kill());
      return {};
    },
    error: /On 2 nodes (?:nothing listens at that port: start the server|the connection is cut|nothing answers)/,
    why: /./,
    finding: "UNREACHABLE",
    remedy: /./,
  },
};

test.each(Object.entries(breaks))("%s", async (_name, each) => {
  if (each.needsClock === true && !shim.available) return;
  const { urls = fleet.urls, mend } = await each.make();
  const redlock = Redlock.connect(urls, { restartGuardMs: 0, ...each.options });
  const warnings: WarningEvent[] = [];
  redlock.on("warning", (warning) => warnings.push(warning));
  try {
    if (each.isHeardLater === true) await untilHeard(redlock, each.why);
    await agree(redlock, urls, each);
  } finally {
    await mend?.();
  }
  // Mended, it is green again by itself: health asks those that refused.
  if (mend !== undefined) await until(() => redlock.health().quorumReachable, 10_000);
  await redlock.close();
});

/** Until each of the two has told its cause. */
const untilHeard = (redlock: Redlock, why: RegExp): Promise<void> =>
  until(() => redlock.health().nodes.filter((node) => why.test(node.why ?? "")).length === two.length, 10_000);
