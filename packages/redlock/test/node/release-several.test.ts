/** The end of a lock on several resources: as one on each would end. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { startFleet, type Fleet } from "@quorate/testing";
import { fenceKey } from "../../src/node/index.ts";
import { acquire, fenceNow, release } from "./operations.ts";
import { libraries, RealNode } from "./real-node.ts";

const keys = ["a", "b", "c"];
let fleet: Fleet;
let real: RealNode;
let heard: string[] = [];

beforeAll(async () => {
  fleet = await startFleet({ nodes: 1 });
  real = new RealNode(libraries[0]!.Redis(fleet.node(0).url));
  await new Promise<void>((resolve) => {
    const channels = [...keys, "end"].map((key) => `${key}:released`);
    real.node.subscribe(channels, { onSubscribed: resolve, onNotice: (channel) => heard.push(channel) });
  });
});
afterAll(async () => {
  await real[Symbol.asyncDispose]();
  await fleet.stop();
});
beforeEach(async () => {
  await fleet.node(0).flushAll();
  heard = [];
});

/** What was announced until now. */
async function announced(): Promise<string[]> {
  await fleet.node(0).command("PUBLISH", "end:released", "");
  await expect.poll(() => heard).toContain("end:released");
  return heard.slice(0, -1);
}

const fences = (): Promise<unknown> => fleet.node(0).command("MGET", ...keys.map(fenceKey));

test("each is announced, and no fence changes", async () => {
  await real.ask(acquire({ keys }));
  expect(await real.ask(release({ keys, announce: true }))).toMatchObject({ deletedCount: 3 });
  expect(await fleet.node(0).lockKeys()).toEqual([]);
  expect(await announced()).toEqual(keys.map((key) => `${key}:released`));
  expect(await fences()).toEqual(keys.map(() => String(fenceNow)));
});

test("where one is not ours any more its token is buried there, and only the others are announced", async () => {
  await real.ask(acquire({ keys }));
  await fleet.node(0).command("SET", "b", "somebody else's");
  expect(await real.ask(release({ keys, announce: true }))).toMatchObject({ deletedCount: 2 });
  expect(await fleet.node(0).lockKeys()).toEqual(["b"]);
  expect(await announced()).toEqual(["a:released", "c:released"]);
  expect(await fences()).toEqual([String(fenceNow), `${fenceNow} ${fenceNow}`, String(fenceNow)]);
});

test("where one has a line, its first waiter is given that one, and the others are announced", async () => {
  await real.ask(acquire({ keys }));
  const place = { ticket: 1_234_567_890_123_456, waiter: "p.1", keepMs: 60_000, number: 1, claimMs: 10_000 };
  await using other = new RealNode(libraries[0]!.Redis(fleet.node(0).url));
  await new Promise<void>((resolve) => {
    other.node.subscribe(["b:released:p"], { onSubscribed: resolve, onNotice: () => {} });
  });
  await real.ask(acquire({ keys: ["b"], token: "two", fence: fenceNow + 1, place }));
  expect(await real.ask(release({ keys, announce: true }))).toMatchObject({ deletedCount: 3 });
  expect(await fleet.node(0).command("GET", "b")).toBe("two");
  expect(await announced()).toEqual(["a:released", "c:released"]);
});
