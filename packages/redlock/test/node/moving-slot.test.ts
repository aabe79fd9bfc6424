/** A Cluster moves a slot to another shard: a script then reaches only keys that are there, and could stop halfway. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Fleet } from "@quorate/testing";
import type { ReleaseOperation } from "../../src/node/index.ts";
import { fenceKey, slotOf } from "../../src/node/keys.ts";
import { acquire, fenceNow, release } from "./operations.ts";
import { libraries, RealNode } from "./real-node.ts";
import { startTwoShards } from "./two-shards.ts";

const key = "b";
const keys = [key];
let fleet: Fleet;
let [source, target] = ["", ""];

beforeAll(async () => {
  fleet = await startTwoShards();
  [source, target] = [
    String(await fleet.node(0).command("CLUSTER", "MYID")),
    String(await fleet.node(1).command("CLUSTER", "MYID")),
  ];
});
afterAll(() => fleet.stop());

async function beginMove(): Promise<void> {
  await fleet.node(1).command("CLUSTER", "SETSLOT", slotOf(key), "IMPORTING", source);
  await fleet.node(0).command("CLUSTER", "SETSLOT", slotOf(key), "MIGRATING", target);
}

async function giveUpMove(): Promise<void> {
  for (const server of fleet.servers) await server.command("CLUSTER", "SETSLOT", slotOf(key), "STABLE");
}

/** As the tools do it: until nothing is left, for what is asked meanwhile may make a key. */
async function endMove(): Promise<void> {
  const [one, two] = [fleet.node(0), fleet.node(1)];
  await two.command("CLUSTER", "SETSLOT", slotOf(key), "NODE", target);
  await expect
    .poll(async () => {
      const left = (await one.command("CLUSTER", "GETKEYSINSLOT", slotOf(key), 100)) as string[];
      if (left.length > 0) await one.command("MIGRATE", two.host, two.port, "", 0, 5000, "REPLACE", "KEYS", ...left);
      return one.command("CLUSTER", "SETSLOT", slotOf(key), "NODE", target).catch(String);
    })
    .toBe("OK");
}

interface Held extends AsyncDisposable {
  readonly real: RealNode;
  readonly heard: string[];
}

/** "one" holds the lock; with `isAwaited` "two" stands in its line. The slot is about to be moved. */
async function heldAndMoving(isAwaited: boolean): Promise<Held> {
  await fleet.node(0).flushAll();
  const real = new RealNode(libraries[0]!.Cluster([{ host: fleet.node(0).host, port: fleet.node(0).port }]));
  const heard: string[] = [];
  await new Promise<void>((resolve) => {
    real.node.subscribe([`${key}:released`, `${key}:released:w`], {
      onSubscribed: resolve,
      onNotice: (channel) => heard.push(channel),
    });
  });
  expect(await real.ask(acquire({ keys }))).toMatchObject({ outcome: "granted" });
  const place = { ticket: 1_234_567_890_123_456, waiter: "w.1", keepMs: 60_000, number: 1, claimMs: 10_000 };
  const waiter = acquire({ keys, token: "two", fence: fenceNow + 5, place });
  if (isAwaited) expect(await real.ask(waiter)).toMatchObject({ outcome: "refused", reason: "held" });
  await beginMove();
  return { real, heard, [Symbol.asyncDispose]: () => real[Symbol.asyncDispose]() };
}

const holder = (node: number): Promise<unknown> => fleet.node(node).command("GET", key);
const fence = (node: number): Promise<unknown> => fleet.node(node).command("GET", fenceKey(key));

test.each<[string, boolean, Partial<ReleaseOperation>]>([
  ["is awaited", true, {}],
  ["is awaited and buried", true, { bury: true }],
  ["is buried", false, { bury: true }],
  ["is kept for a while", false, { keepMs: 10_000 }],
])(
  "a release of a lock that %s does nothing while its slot is moved, and all of it when that is given up",
  async (_, isAwaited, changes) => {
    await using held = await heldAndMoving(isAwaited);
    const before = await fence(0);
    const vote = await held.real.ask(release({ keys, announce: true, ...changes }));
    expect(vote).toMatchObject({ outcome: "unknown", detail: expect.stringContaining("TRYAGAIN") });
    expect([await holder(0), await fence(0), held.heard]).toEqual(["one", before, []]);
    await giveUpMove();
    const kept = changes.keepMs === undefined ? null : `kept ${fenceNow}`;
    await expect.poll(() => holder(0)).toBe(isAwaited ? "two" : kept);
    await expect
      .poll(() => held.heard)
      .toEqual(changes.keepMs === undefined ? [`${key}:released${isAwaited ? ":w" : ""}`] : []);
    if (changes.bury === true) expect(await fence(0)).toMatch(new RegExp(`^\\d+ ${fenceNow}`));
  },
);

test("a release of a lock that nobody waits for is whole while its slot is moved", async () => {
  await using held = await heldAndMoving(false);
  expect(await held.real.ask(release({ keys, announce: true }))).toMatchObject({ outcome: "granted", deletedCount: 1 });
  expect(await fleet.node(0).keys()).not.toContain(key);
  await expect.poll(() => held.heard).toEqual([`${key}:released`]);
  await giveUpMove();
});

test("a release whose lock key went ahead of the rest is done when all has been moved", async () => {
  await using held = await heldAndMoving(false);
  const { host, port } = fleet.node(1);
  const move = async (...names: string[]): Promise<unknown> =>
    fleet.node(0).command("MIGRATE", host, port, "", 0, 5000, "KEYS", ...names);
  await move(key);
  const owed = held.real.ask(release({ keys, announce: true }));
  expect(await owed).toMatchObject({ outcome: "unknown" });
  expect(await fleet.node(1).keys()).toContain(key);
  await move(...(await fleet.node(0).keys()));
  await endMove();
  await expect.poll(() => holder(1), { timeout: 10_000 }).toBeNull();
});
