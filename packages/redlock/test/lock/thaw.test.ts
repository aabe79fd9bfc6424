/** The process stood still, and its connections died meanwhile: a frozen function, a suspended machine. */
import { execFileSync } from "node:child_process";
import { startFleet, type Fleet } from "@quorate/testing";
import { Redlock } from "@quorate/redlock";
import { createClient } from "redis6";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { connectTo, forTest } from "../support/connect-to.ts";
import { ManualRuntime } from "../node/manual-runtime.ts";
import type { Vote } from "../../src/core/vote.ts";
import type { Node } from "../../src/node/node.ts";
import { Comeback } from "../../src/round/comeback.ts";
import { until } from "../support/until.ts";

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ nodes: 3 });
});
afterAll(() => fleet.stop());

const options = { restartGuardMs: 0, nodeTimeoutMs: 2_000 };

/** This process stands still while the servers hang up on it. */
function freeze(): void {
  for (const { port } of fleet.servers)
    execFileSync("redis-cli", ["-p", String(port), "CLIENT", "KILL", "TYPE", "normal"]);
}

async function viaNodeRedis(): Promise<Redlock> {
  const clients = await Promise.all(
    fleet.urls.map(async (url) => {
      const client = createClient({ url });
      client.on("error", () => {});
      onTestFinished(() => client.destroy());
      await client.connect();
      return client;
    }),
  );
  return new Redlock(clients, options);
}

test.each([
  ["clients of ours", () => connectTo(fleet.urls, options)],
  ["node-redis", viaNodeRedis],
])("tryAcquire at the thaw waits for the reconnect: %s", async (name, connect) => {
  await using redlock = forTest(await connect());
  await (await redlock.acquire(name, 5_000)).release();
  freeze();
  // Before any of the dead sockets was looked at, and once more when all of them were.
  expect(await redlock.tryAcquire(`${name} 1`, 5_000)).not.toBeNull();
  freeze();
  await until(() => redlock.health().nodes.filter(({ status }) => status !== "up").length >= 2);
  expect(await redlock.tryAcquire(`${name} 2`, 5_000)).not.toBeNull();
});

test("adopt at the thaw waits for the reconnect, and what another has is not asked for again", async () => {
  await using giver = forTest(connectTo(fleet.urls, options));
  await using receiver = forTest(connectTo(fleet.urls, options));
  await receiver.ready();
  const handed = (await giver.acquire("thawed", 5_000)).handOver();
  freeze();
  const lock = await receiver.adopt(handed);
  expect(lock.isHeld()).toBe(true);
  await lock.release();
  await expect(receiver.adopt(handed)).rejects.toMatchObject({ code: "LOCK_LOST" });
});

/** Three nodes, of which the first is up; and how the others change. */
function comebackOf(): { comeback: Comeback; runtime: ManualRuntime; set(status: string, reason?: string): void } {
  const runtime = new ManualRuntime();
  const states: { status: string; reason: string | undefined }[] = [0, 1, 2].map(() => ({
    status: "up",
    reason: undefined,
  }));
  const nodes = states.map((_, index) => ({
    get state() {
      return states[index];
    },
  }));
  const comeback = new Comeback(nodes as unknown as Node[], 2, runtime);
  const set = (status: string, reason?: string): void => {
    for (const index of [1, 2]) {
      states[index] = { status, reason };
      comeback.noteStatus(index);
    }
  };
  return { comeback, runtime, set };
}

test("nodes whose connections were lost just now are waited for, until a quorum is back or the time is over", async () => {
  const { comeback, runtime, set } = comebackOf();
  expect(comeback.whenBack(1_000)).toBeUndefined();
  set("down", "disconnected");
  const back = comeback.whenBack(1_000);
  expect([back !== undefined, runtime.timerCount]).toEqual([true, 1]);
  set("up");
  await back;
  expect(runtime.timerCount).toBe(0);
  set("down", "disconnected");
  const late = comeback.whenBack(1_000);
  runtime.elapse(1_000);
  await late;
});

test("nodes that came back while the others were still voting are asked again, once; what they refused for another cause, not", async () => {
  const { comeback, set } = comebackOf();
  const away = { outcome: "unknown", reason: "disconnected", detail: "", mayHold: false } as const;
  const full = { ...away, reason: "error" } as const;
  const held = { outcome: "refused", reason: "held" } as unknown as Vote;
  set("up");
  await expect(comeback.whenBack(1_000, [held, away, away])).resolves.toBeUndefined();
  expect(comeback.whenBack(1_000, [held, full, full])).toBeUndefined();
  expect(comeback.whenBack(0, [held, away, away])).toBeUndefined();
});

test("nodes that have been away for longer, or are silent, are not waited for", () => {
  const { comeback, runtime, set } = comebackOf();
  set("down", "disconnected");
  runtime.elapse(600);
  set("down", "disconnected");
  runtime.elapse(400);
  expect(comeback.whenBack(1_000)).toBeUndefined();
  set("down", "silent");
  expect(comeback.whenBack(1_000)).toBeUndefined();
});
