/**
 * Nine ways to break a fleet: of each, the error of an acquire, health, the metrics, the warnings and doctor say the same, and
 * what to do. A dashboard that is green while no lock can be taken is a lie.
 */
import { findClockShim, startFleet, type ProxiedFleet } from "@quorate/testing";
import { Redlock, type RedlockOptions, type WarningEvent } from "@quorate/redlock";
import { afterAll, beforeAll, expect, test } from "vitest";
import { errorOf } from "../support/error-of.ts";
import { until } from "../support/until.ts";
import { redlock as cli } from "./redlock-process.ts";

const shim = await findClockShim();

interface Break {
  /** Breaks the fleet; returns the addresses to use, and how to mend it. */
  readonly make: () => Promise<{ readonly urls?: readonly string[]; readonly mend?: () => unknown }>;
  readonly options?: RedlockOptions;
  readonly needsClock?: boolean;
  readonly error: RegExp;
  /** Of a node that does not vote, as health tells it. */
  readonly why: RegExp;
  /** doctor's finding, an error; and what it says to do. */
  readonly finding: string;
  readonly remedy: RegExp;
}

let fleet: ProxiedFleet;
beforeAll(async () => {
  const user = { name: "locker", password: "pw", rules: "~* &* +@all" };
  fleet = await startFleet({
    nodes: 3,
    proxied: true,
    server: { user, clock: shim.available, ageMs: 30 * 86_400_000 },
  });
});
afterAll(() => fleet.stop());

const two = [0, 1] as const;
const onTwo = (act: (node: ReturnType<ProxiedFleet["node"]>) => Promise<unknown>): Promise<unknown> =>
  Promise.all(two.map((index) => act(fleet.node(index))));

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
    why: /lacks rights/,
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
    error: /On 2 nodes (?:nothing listens at that port: start the server|nothing answers)/,
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
    await agree(redlock, urls, each);
  } finally {
    await mend?.();
  }
  // Mended, it is green again by itself: health asks those that refused.
  if (mend !== undefined) await until(() => redlock.health().quorumReachable, 10_000);
  await redlock.close();
});

async function agree(redlock: Redlock, urls: readonly string[], { options, ...said }: Break): Promise<void> {
  const error = await errorOf(redlock.tryAcquire("truth", 10_000));
  expect(error.message).toMatch(said.error);
  expect(error.message).not.toMatch(/waitMs|:pw@|:no@/);
  const { nodes, quorumReachable, votingCount, quorum } = redlock.health();
  expect(quorumReachable).toBe(false);
  expect(nodes.map(({ why }) => why)).toContainEqual(expect.stringMatching(said.why));
  const gauge = redlock.metrics().metrics.find(({ name }) => name === "redlock_voting_nodes");
  expect(gauge).toMatchObject({ samples: [{ value: votingCount }] });
  expect(votingCount).toBeLessThan(quorum);
  const guard = options?.restartGuardMs === undefined ? "0" : `${options.restartGuardMs}ms`;
  const args = ["doctor", "--json", "--ttl", "10s", "--restart-guard", guard, "truth"];
  const { stdout, exitCode } = await cli(args, { env: { REDLOCK_NODES: urls.join(",") } });
  const { findings } = JSON.parse(stdout) as { findings: { code: string; severity: string; remedy: string }[] };
  expect(exitCode).toBe(2);
  const errors = findings.filter(({ severity }) => severity === "error");
  expect(errors.map(({ code, remedy }) => `${code}: ${remedy}`)).toContainEqual(
    expect.stringMatching(new RegExp(`^${said.finding}: .*${said.remedy.source}`)),
  );
}
