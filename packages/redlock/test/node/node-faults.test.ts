import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startFleet, type Fleet, type RedisServer } from "@quorate/testing";
import { systemRuntime } from "../../src/runtime/system.ts";
import { safeSettings } from "../../src/node/ioredis/safe-settings.ts";
import { acquire, extend, inspect, release } from "./operations.ts";
import { inputRead, libraries, pause, RealNode } from "./real-node.ts";

let fleet: Fleet;
let server: RedisServer;

beforeEach(async () => {
  fleet = await startFleet({ nodes: 1 });
  server = fleet.node(0);
});
afterEach(() => fleet.stop());

const clients = libraries.flatMap((library) => [
  { name: `${library.name}, default settings`, make: (url: string) => library.Redis(url) },
  { name: `${library.name}, our settings`, make: (url: string) => library.Redis(url, safeSettings(systemRuntime)) },
]);

const later = { token: "later", fence: acquire().fence + 10 };

describe.each(clients)("$name", ({ make }) => {
  test("a killed node votes unknown at once, and votes again by itself when it is back", async () => {
    await using real = new RealNode(make(server.url));
    await real.ask(inspect("orders"));
    await server.kill();
    await expect.poll(() => real.node.state.status).toBe("down");
    expect(await real.ask(acquire())).toMatchObject({ reason: "disconnected", mayHold: false });
    await server.restart({ keepData: false });
    await real.whenUp();
    const vote = await real.ask(acquire());
    expect(vote).toMatchObject({ outcome: "granted", evidence: { memoryAgeMs: 0 } });
  });

  test("a release that could not be delivered is delivered before anything else when the node is back", async () => {
    await using real = new RealNode(make(server.url));
    await real.ask(acquire());
    await server.command("CONFIG", "SET", "save", "3600 1");
    const snapshot = await server.snapshot();
    await server.kill();
    await expect.poll(() => real.node.state.status).toBe("down");
    expect(await real.ask(release())).toMatchObject({ reason: "disconnected", mayHold: true });
    expect(real.node.state.pendingReleaseCount).toBe(1);
    await server.restart({ from: snapshot });
    await real.whenUp();
    expect(await real.ask(acquire(later))).toMatchObject({ outcome: "granted" });
    expect(real.node.state.pendingReleaseCount).toBe(0);
  });

  test("a paused node is silent; its late answers arrive, and the release comes right behind its acquire", async () => {
    await using real = new RealNode(make(server.url));
    await real.ask(inspect("orders"));
    await server.pause();
    const acquired = real.ask(acquire());
    await pause(60);
    real.node.overdue();
    await inputRead();
    expect(real.node.state).toMatchObject({ status: "down", reason: "silent" });
    const released = real.ask(release());
    expect(await real.ask(acquire(later))).toMatchObject({ reason: "silent", mayHold: false });
    server.resume();
    expect(await acquired).toMatchObject({ outcome: "granted" });
    expect(await released).toMatchObject({ outcome: "granted", deletedCount: 1 });
    expect(real.node.state.status).toBe("up");
    expect(await server.lockKeys()).toEqual([]);
  });

  test("an acquire under way when the node is killed may hold; after the restart nothing of it is left", async () => {
    await using real = new RealNode(make(server.url));
    await real.ask(inspect("orders"));
    await server.pause();
    const acquired = real.ask(acquire());
    await pause(60);
    real.node.overdue();
    await inputRead();
    const released = real.ask(release());
    await pause(10);
    await server.kill();
    expect(await acquired).toMatchObject({ outcome: "unknown", reason: "disconnected", mayHold: true });
    expect(await released).toMatchObject({ outcome: "unknown", mayHold: true });
    await server.restart({ keepData: false });
    await real.whenUp();
    await real.ask(inspect("orders"));
    expect(await server.lockKeys()).toEqual([]);
  });

  test("a node that is out of memory: acquire names OOM, extend and release work", async () => {
    await using real = new RealNode(make(server.url));
    await real.ask(acquire());
    await server.fillMemory();
    expect(await real.ask(acquire({ keys: ["other"] }))).toMatchObject({
      outcome: "unknown",
      reason: "error",
      detail: expect.stringContaining("OOM"),
    });
    expect(await real.ask(extend())).toMatchObject({ outcome: "granted" });
    expect(await real.ask(release())).toMatchObject({ outcome: "granted", deletedCount: 1 });
    expect(real.node.state.status).toBe("up");
  });

  test("a busy node votes unknown and is not away", async () => {
    await using real = new RealNode(make(server.url));
    await real.ask(inspect("orders"));
    await server.configure("busy-reply-threshold", "1");
    const busy = server.command("EVAL", "while true do end", 0).catch(() => {});
    await expect
      .poll(() => real.ask(acquire()))
      .toMatchObject({ reason: "error", detail: expect.stringMatching(/^BUSY/) });
    expect(real.node.state.status).toBe("up");
    await (real.client as unknown as { script(command: string): Promise<unknown> }).script("KILL");
    await busy;
    expect(await real.ask(acquire())).toMatchObject({ outcome: "granted" });
  });

  test("a connection that is killed under load loses no vote and leaves nothing behind", async () => {
    await using real = new RealNode(make(server.url));
    await real.ask(inspect("orders"));
    const load = { isOver: false };
    const killer = (async (): Promise<void> => {
      while (!load.isOver) {
        await server.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
        await pause(30);
      }
    })();
    for (let i = 0; i < 40; i += 1) {
      const asked = Array.from({ length: 20 }, async (_, j) => {
        const one = { keys: [`k${j}`], token: `t${i}.${j}`, fence: acquire().fence + i * 2 };
        await real.ask(acquire(one));
        await real.ask(release(one));
      });
      await Promise.all(asked);
      await pause(5);
    }
    load.isOver = true;
    await killer;
    await real.whenUp();
    await real.ask(inspect("orders"));
    await expect.poll(() => server.lockKeys()).toEqual([]);
  });
});

test.each(libraries)(
  "$name: a command timeout leaves a paused node silent, and it comes back by a probe",
  async (library) => {
    await using real = new RealNode(library.Redis(server.url, { commandTimeout: 200 }));
    const isUp = () => expect.poll(async () => (await real.ask(inspect("orders"))).outcome).toBe("granted");
    await isUp();
    await server.pause();
    expect(await real.ask(acquire())).toMatchObject({ reason: "error", detail: "Command timed out", mayHold: true });
    expect(real.node.state).toMatchObject({ status: "down", reason: "silent" });
    expect(await real.ask(acquire())).toMatchObject({ reason: "silent", mayHold: false });
    const released = real.ask(release());
    expect(await released).toMatchObject({ detail: "Command timed out", mayHold: true });
    server.resume();
    await isUp();
    expect(real.node.state.status).toBe("up");
    expect(await server.lockKeys()).toEqual([]);
  },
);
