/** Every peer that is compared really locks: the proof that stands before each measurement, and its negative control. */
import { startFleet, type Fleet } from "@quorate/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { peers, peerNames } from "../src/peers/peers.ts";

describe("on three nodes", () => {
  let fleet: Fleet;

  beforeAll(async () => {
    fleet = await startFleet({ nodes: 3 });
    // Our own restart guard does not trust younger servers; see peers/ours.ts.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
  });
  afterAll(() => fleet.stop());

  test.each(peerNames)("%s holds a quorum, and leaves nothing behind", async (name) => {
    const setup = { urls: fleet.urls, ttlMs: 10_000, retryDelayMs: 10, autoExtend: false };
    const peer = await peers[name].open(setup);
    const nodesWithKey = async (): Promise<number> =>
      (await fleet.lockKeys()).filter(({ key }) => key.endsWith("bench:peers")).length;
    const held = await peer.acquire(["bench:peers"]);
    await expect.poll(nodesWithKey).toBeGreaterThanOrEqual(2);
    await peer.release(held);
    await expect.poll(nodesWithKey).toBe(0);
    await peer.close();
  });

  test.each(peerNames.filter((name) => !peers[name].waits))("%s is refused what is held", async (name) => {
    const setup = { urls: fleet.urls, ttlMs: 10_000, retryDelayMs: 10, autoExtend: false };
    const peer = await peers[name].open(setup);
    const held = await peer.acquire(["bench:refused"]);
    await expect(peer.acquire(["bench:refused"])).rejects.toThrow("no quorum");
    await peer.release(held);
    await peer.close();
  });
});
