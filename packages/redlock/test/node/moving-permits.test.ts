/** A Cluster moves a slot key by key: for a moment a shard has only a part of who holds what. */
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Fleet } from "@quorate/testing";
import { encodeOperations, scriptText, type Operation } from "../../src/node/index.ts";
import { slotOf } from "../../src/node/keys.ts";
import { acquire, extend, fenceNow, release } from "./operations.ts";
import { startTwoShards } from "./two-shards.ts";

const SOURCE = 0;
const TARGET = 1;
let fleet: Fleet;
beforeAll(async () => {
  fleet = await startTwoShards();
});
afterAll(() => fleet.stop());
afterEach(async () => {
  for (const server of fleet.servers) {
    await server.command("CLUSTER", "SETSLOT", slotOf("b"), "STABLE");
    await server.flushAll();
  }
});

/** As a client does that was sent from the one to the other: the target answers only who says ASKING. */
async function answerOf(node: number, operation: Operation): Promise<unknown> {
  const client = new Redis(fleet.node(node).url);
  try {
    if (node === TARGET) await client.call("ASKING");
    const parameters = [scriptText];
    encodeOperations([operation], "", parameters, "-");
    return ((await client.call("EVAL", ...parameters)) as unknown[])[3];
  } finally {
    client.disconnect();
  }
}

const permit = (token: string, fence: number) =>
  acquire({ keys: ["b"], token, fence, permits: { of: 1, weight: 1, start: 0 } });

async function moveAhead(...names: string[]): Promise<void> {
  const [source, target] = [fleet.node(SOURCE), fleet.node(TARGET)];
  await target.command("CLUSTER", "SETSLOT", slotOf("b"), "IMPORTING", String(await source.command("CLUSTER", "MYID")));
  await source.command("CLUSTER", "SETSLOT", slotOf("b"), "MIGRATING", String(await target.command("CLUSTER", "MYID")));
  await source.command("MIGRATE", target.host, target.port, "", 0, 5000, "KEYS", ...names);
}

test.each([[["{b}:holders"]], [["{b}:slots"]], [["{b}:holders", "{b}:slots"]], [["b", "{b}:fence"]]])(
  "with %s moved ahead nothing is given, taken or lost, and all of it goes on behind the move",
  async (ahead) => {
    expect(await answerOf(SOURCE, permit("one", fenceNow))).toEqual(["slots", fenceNow, 0]);
    await moveAhead(...ahead);
    const shard = ahead.includes("b") ? TARGET : SOURCE;
    const one = { keys: ["b"], token: "one", fence: fenceNow, slots: [0] };
    for (const operation of [permit("two", fenceNow + 1), extend(one), release(one)]) {
      expect(await answerOf(shard, operation)).toEqual(["error", expect.stringContaining("TRYAGAIN")]);
    }
    const { host, port } = fleet.node(TARGET);
    const left = (await fleet.node(SOURCE).command("CLUSTER", "GETKEYSINSLOT", slotOf("b"), 100)) as string[];
    await fleet.node(SOURCE).command("MIGRATE", host, port, "", 0, 5000, "KEYS", ...left);
    expect(await answerOf(TARGET, extend(one))).toBe(1);
    expect(await answerOf(TARGET, permit("three", fenceNow + 2))).toEqual(expect.arrayContaining(["held", 0]));
  },
);
