/** Masters of a Redis Cluster, each behind a client of its own: see truth.test.ts. */
import { type Fleet, startFleet } from "@quorate/testing";
import { Redlock, type RedlockOptions, type WarningEvent } from "@quorate/redlock";
import { Cluster } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { errorOf } from "../support/error-of.ts";
import { until } from "../support/until.ts";
import { type Agreed, agree, examine } from "./agreement.ts";

const SLOT_COUNT = 16_384;

/** One Cluster of three masters, and three Clusters of one. */
let one: Fleet;
let several: Fleet;
beforeAll(async () => {
  const server = { config: { "cluster-enabled": "yes", "cluster-announce-ip": "127.0.0.1" } };
  [one, several] = await Promise.all([startFleet({ nodes: 3, server }), startFleet({ nodes: 3, server })]);
  for (const [index, node] of one.servers.entries()) {
    const [first, next] = [index, index + 1].map((part) => Math.floor((part * SLOT_COUNT) / 3));
    await node.command("CLUSTER", "ADDSLOTSRANGE", first!, next! - 1);
    await node.command("CLUSTER", "SET-CONFIG-EPOCH", index + 1);
    if (index > 0) await one.node(0).command("CLUSTER", "MEET", "127.0.0.1", node.port);
  }
  for (const node of several.servers) await node.command("CLUSTER", "ADDSLOTSRANGE", 0, SLOT_COUNT - 1);
  for (const node of [...one.servers, ...several.servers]) {
    await until(async () => String(await node.command("CLUSTER", "INFO")).includes("cluster_state:ok"), 30_000);
  }
}, 60_000);
afterAll(() => Promise.all([one.stop(), several.stop()]));

interface Mistake extends Agreed {
  readonly fleet: () => Fleet;
  readonly options?: RedlockOptions;
  readonly words: string;
}

const untagged: Pick<Mistake, "error" | "why" | "finding" | "remedy" | "words"> = {
  // Two that refuse are enough to decide the round; the third may answer later.
  error: /On [23] nodes the server is a master of a Redis Cluster, where .* another slot: give a client of the whole/,
  why: /another slot \(CROSSSLOT .*\): give a client of the whole Cluster/,
  finding: "WRONG_SLOT",
  remedy: /Give a client of the whole Cluster, or .*\{app\}:/,
  words: "CROSSSLOT",
};

const mistakes: Readonly<Record<string, Mistake>> = {
  "the masters of one Cluster, and keys in one slot, which is one master's": {
    fleet: () => one,
    options: { keyPrefix: "{app}:" },
    doctorArguments: ["--key-prefix", "{app}:"],
    error: /On 2 nodes the server is one master of a Redis Cluster, and another one has these keys: give a client of/,
    why: /another one has these keys \(MOVED \d+ 127\.0\.0\.1:\d+\): give a client of the whole Cluster/,
    finding: "WRONG_SLOT",
    remedy: /Give a client of the whole Cluster, or masters that are in none/,
    words: "MOVED",
  },
  "the masters of one Cluster, and keys in all slots": { fleet: () => one, ...untagged },
  "masters of their own in cluster mode, and keys in all slots": { fleet: () => several, ...untagged },
};

test.each(Object.entries(mistakes))("%s", async (_name, { fleet, options, words, ...said }) => {
  const { urls } = fleet();
  await using redlock = Redlock.connect(urls, { restartGuardMs: 0, ...options });
  const warnings: WarningEvent[] = [];
  redlock.on("warning", (warning) => warnings.push(warning));
  await agree(redlock, urls, said);
  const unready = await errorOf(redlock.ready({ waitMs: 0 }));
  expect(unready.message).toMatch(said.error);
  expect((unready.cause as Error).message).toContain(words);
  expect(warnings.map(({ code, message }) => `${code} ${message}`)).toContainEqual(
    expect.stringMatching(new RegExp(`^NODE_REFUSES .*${words}`)),
  );
});

test("keys in several slots are a matter of the names: the nodes are not blamed for them", async () => {
  await using redlock = Redlock.connect(several.urls, { restartGuardMs: 0 });
  const error = await errorOf(redlock.tryAcquire(["truth:1", "truth:2"], 10_000));
  expect(error.message).toMatch(
    /On [23] nodes the resources lie in different slots of the Cluster: give them one hash/,
  );
  expect(redlock.health()).toMatchObject({ quorumReachable: true, votingCount: 3 });
});

test("the remedies work: a hash tag in the keyPrefix where a master has all slots, or a client of the whole Cluster", async () => {
  await using tagged = Redlock.connect(several.urls, { restartGuardMs: 0, keyPrefix: "{app}:" });
  await using lock = await tagged.acquire(["truth:1", "truth:2"], 10_000);
  expect(lock.isHeld()).toBe(true);
  const { findings } = await examine(several.urls, ["--key-prefix", "{app}:"]);
  expect(findings.map(({ code }) => code)).not.toContain("WRONG_SLOT");

  const [{ port }] = one.servers as [Fleet["servers"][number]];
  const cluster = new Cluster([{ host: "127.0.0.1", port }]);
  await using whole = new Redlock([cluster], { restartGuardMs: 0 });
  const single = await whole.acquire("truth", 10_000);
  expect(whole.health().quorumReachable).toBe(true);
  await single.release();
  cluster.disconnect();
});
