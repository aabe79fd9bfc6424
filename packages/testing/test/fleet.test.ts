import { expect, test } from "vitest";
import { startFleet } from "@quorate/testing";

test("five servers answer within 300 ms of asking, each on a port and in a process of its own", async () => {
  await (await startFleet()).stop();
  const startedAtMs = performance.now();
  await using fleet = await startFleet({ nodes: 5 });
  const elapsedMs = performance.now() - startedAtMs;
  expect(elapsedMs).toBeLessThan(300);
  expect(new Set(fleet.urls).size).toBe(5);
  expect(new Set(fleet.servers.map((server) => server.pid)).size).toBe(5);
});
