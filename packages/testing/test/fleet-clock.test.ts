import { beforeEach, describe, expect, test } from "vitest";
import { findClockShim, startFleet, type RedisServer, type ServerClock } from "@quorate/testing";

const shim = await findClockShim();

/** The smallest of a few looks: what passes between the server's answer and ours, on a busy machine, is not its doing. */
async function aheadMs(server: RedisServer): Promise<number> {
  let best = { tookMs: Infinity, aheadMs: NaN };
  for (let look = 0; look < 10 && best.tookMs > 5; look++) {
    const askedAtMs = Date.now();
    const [seconds, microseconds] = (await server.command("TIME")) as [string, string];
    const now = Date.now();
    const tookMs = now - askedAtMs;
    if (tookMs < best.tookMs) best = { tookMs, aheadMs: Number(seconds) * 1_000 + Number(microseconds) / 1_000 - now };
  }
  return best.aheadMs;
}

async function uptimeSeconds(server: RedisServer): Promise<number> {
  return Number(/uptime_in_seconds:(\d+)/.exec(String(await server.command("INFO", "server")))?.[1]);
}

function clockOf(server: RedisServer): ServerClock {
  if (server.clock === undefined) throw new Error("no clock");
  return server.clock;
}

test("where there is no compiler or no Linux, the clock is reported as not available, and why", () => {
  if (shim.available) expect(shim.library).toMatch(/\.so$/);
  else expect(shim.reason).not.toBe("");
});

describe("the wall clock of a running server", () => {
  beforeEach(({ skip }) => skip(!shim.available, "no C compiler here for servers with clocks of their own"));

  test("shows the true time until it is moved, and again when it is reset", async () => {
    await using fleet = await startFleet({ nodes: 1, server: { clock: true } });
    const server = fleet.node(0);
    expect(Math.abs(await aheadMs(server))).toBeLessThan(100);
    clockOf(server).jump(-3_600_000);
    clockOf(server).reset();
    expect(Math.abs(await aheadMs(server))).toBeLessThan(100);
  });

  test("jumps forward and backward, alone in its fleet", async () => {
    await using fleet = await startFleet({ nodes: 2, server: { clock: true } });
    const [server, other] = [fleet.node(0), fleet.node(1)];
    clockOf(server).jump(3_600_000);
    expect(Math.abs((await aheadMs(server)) - 3_600_000)).toBeLessThan(100);
    expect(Math.abs(await aheadMs(other))).toBeLessThan(100);
    clockOf(server).jump(-7_200_000);
    expect(Math.abs((await aheadMs(server)) + 3_600_000)).toBeLessThan(100);
    expect(clockOf(server).offsetMs).toBe(-3_600_000);
  });

  test("decides when a key expires: a jump forward ends it early, a jump backward makes it live on", async () => {
    await using fleet = await startFleet({ nodes: 1, server: { clock: true } });
    const server = fleet.node(0);
    await server.command("SET", "k", "v", "PX", 60_000);
    clockOf(server).jump(-3_600_000);
    expect(await server.command("PTTL", "k")).toBeGreaterThan(3_600_000);
    clockOf(server).jump(3_600_000 + 61_000);
    expect(await server.command("GET", "k")).toBe(null);
  });

  test("runs fast or slow by the drift it is given", async () => {
    await using fleet = await startFleet({ nodes: 1, server: { clock: true } });
    const server = fleet.node(0);
    const startedAtMs = Date.now();
    clockOf(server).drift(1_000_000);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const gainedMs = await aheadMs(server);
    const passedMs = Date.now() - startedAtMs;
    expect(gainedMs / passedMs).toBeGreaterThan(0.9);
    expect(gainedMs / passedMs).toBeLessThan(1.1);
    clockOf(server).drift(0);
    expect(Math.abs((await aheadMs(server)) - clockOf(server).offsetMs)).toBeLessThan(20);
  });

  test("makes a server look as old as asked, on the true time; a restarted one is young", async () => {
    await using fleet = await startFleet({ nodes: [{ ageMs: 3_600_000 }, {}] });
    const [aged, young] = [fleet.node(0), fleet.node(1)];
    expect(Math.abs((await uptimeSeconds(aged)) - 3_600)).toBeLessThan(60);
    expect(Math.abs(await aheadMs(aged))).toBeLessThan(100);
    expect(await uptimeSeconds(young)).toBeLessThan(60);
    await aged.restart({ keepData: false });
    expect(await uptimeSeconds(aged)).toBeLessThan(60);
  });
});
