import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startFleet, type Fleet } from "@quorate/testing";
import type { BatchReply } from "../../src/node/index.ts";
import { KnownServer } from "../../src/node/known-server.ts";
import { ManualRuntime } from "./manual-runtime.ts";
import { acquire, inspect, release } from "./operations.ts";
import { libraries, RealNode } from "./real-node.ts";

const life = `${"a".repeat(40)} 1000 fresh`;
const told = `run ${life} quorate:life`;
const described: BatchReply = [told, 100_000, 0, 1];

class ThreeClocks extends ManualRuntime {
  wallStepMs = 0;
  bootStepMs = 0;

  override readClocks(): ReturnType<ManualRuntime["readClocks"]> {
    const now = super.readClocks();
    return { ...now, wallMs: now.wallMs + this.wallStepMs, bootMs: now.bootMs + this.bootStepMs };
  }
}

function known(): { runtime: ThreeClocks; server: KnownServer } {
  const runtime = new ThreeClocks();
  const server = new KnownServer(runtime);
  expect(server.complete([...described], server.ask([inspect("a")]))).toEqual([told, 100_000, 0, 1]);
  return { runtime, server };
}

describe("a server that is known", () => {
  test("is asked for by its life, and its memory has grown older by the time since", () => {
    const { runtime, server } = known();
    runtime.nowMs += 7900;
    const asked = server.ask([inspect("a")]);
    expect(asked.id).toBe(life);
    expect(server.complete(["=", 0, 0, 1], asked)).toEqual([told, 107_900, 0, 1]);
  });

  test("has no older memory for a clock that jumped: the one that moved least counts", () => {
    const { runtime, server } = known();
    runtime.nowMs += 5000;
    runtime.wallStepMs = 100;
    runtime.bootStepMs = -800;
    expect(server.complete(["=", 0, 0], server.ask([inspect("a")]))).toEqual([told, 104_200, 0]);
    runtime.wallStepMs = -900;
    runtime.bootStepMs = 0;
    expect(server.complete(["=", 0, 0], server.ask([inspect("a")]))).toEqual([told, 104_100, 0]);
  });

  test.each([3_600_000, -3_600_000])(
    "is asked anew once the wall clock was set by %i ms, and is known again",
    (stepMs) => {
      const { runtime, server } = known();
      runtime.wallStepMs = stepMs;
      runtime.nowMs += 5000;
      const asked = server.ask([inspect("a")]);
      expect(asked.id).toBe("");
      expect(server.complete([told, 105_000, 0], asked)).toEqual([told, 105_000, 0]);
      runtime.nowMs += 5000;
      expect(server.ask([inspect("a")]).id).toBe(life);
    },
  );

  test("is as old as when it was asked, however late the reply", () => {
    const { runtime, server } = known();
    const asked = server.ask([inspect("a")]);
    runtime.nowMs += 60_000;
    expect(server.complete(["=", 0, 0], asked)).toEqual([told, 100_000, 0]);
  });

  test("is another one after a description of another life", () => {
    const { server } = known();
    const before = server.ask([inspect("a")]);
    const other = `${"b".repeat(40)} 2000 restarted`;
    server.complete([`run ${other} quorate:life`, 3, 0, 1], before);
    expect(server.ask([inspect("a")]).id).toBe(other);
    expect(server.complete(["=", 0, 0, 1], before)[0]).toBe(told);
  });

  test("is not asked for where only releases are sent, and known all the same afterwards", () => {
    const { server } = known();
    const asked = server.ask([release(), release()]);
    expect(asked.id).toBe("-");
    expect(server.complete(["-", 0, 0, 1, 1], asked)).toEqual(["-", 0, 0, 1, 1]);
    expect(server.ask([release(), inspect("a")]).id).toBe(life);
    expect(new KnownServer(new ManualRuntime()).ask([release()]).id).toBe("-");
  });

  test.each([
    ["a replica", ["run", 0, 1] as const],
    ["a user without INFO", ["?", 0, 0] as const],
    ["one that cannot keep a record", ["run !OOM no memory", 0, 0] as const],
  ])("is forgotten when %s answers", (_who, reply) => {
    const { server } = known();
    expect(server.complete([...reply], server.ask([inspect("a")]))).toEqual(reply);
    expect(server.ask([inspect("a")]).id).toBe("");
  });
});

describe.each(libraries)("over $name", (library) => {
  let fleet: Fleet;

  beforeAll(async () => {
    fleet = await startFleet({ nodes: 1 });
  });
  afterAll(() => fleet.stop());

  test("a server that was restarted between two calls of one client is young again", async () => {
    const server = fleet.node(0);
    await using real = new RealNode(library.Redis(server.url));
    const evidence = async (): Promise<unknown> => {
      const vote = await real.ask(inspect("orders"));
      return vote.outcome === "granted" ? vote.evidence : vote;
    };
    await expect.poll(evidence).toMatchObject({ memoryAgeMs: expect.toSatisfy((age: number) => age >= 100) });
    const before = await real.ask(acquire());
    await server.restart({ keepData: false });
    await real.whenUp();
    const after = await real.ask(acquire({ token: "two" }));
    expect(after).toMatchObject({ outcome: "granted", evidence: { memoryAgeMs: 0 } });
    expect(after.evidence?.runId).not.toBe(before.evidence?.runId);
  });

  test("a promoted replica is found out on the connection that stayed", async () => {
    const pair = await startFleet({ nodes: 2 });
    const [master, node] = [pair.node(0), pair.node(1)];
    await using real = new RealNode(library.Redis(node.url));
    expect(await real.ask(inspect("a"))).toMatchObject({ evidence: { replica: false } });
    await node.becomeReplicaOf(master);
    expect(await real.ask(inspect("a"))).toMatchObject({ evidence: { replica: true } });
    await node.promote();
    expect(await real.ask(inspect("a"))).toMatchObject({ evidence: { replica: false, memoryAgeMs: 0 } });
    await pair.stop();
  });
});
