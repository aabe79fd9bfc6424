/** Every peer that is compared really locks: the proof that stands before each measurement, and its negative control. */
import { startFleet, type Fleet } from "@quorate/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Worker } from "../src/driver/worker.ts";
import { peers, peerNames, type PeerName } from "../src/peers/peers.ts";
import { proveExclusive } from "../src/suites/prove-exclusive.ts";

describe("on three nodes", () => {
  let fleet: Fleet;

  beforeAll(async () => {
    fleet = await startFleet({ nodes: 3 });
    // Our own restart guard does not trust younger servers; see peers/ours.ts.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
  });
  afterAll(() => fleet.stop());

  function setupOf(peer: PeerName) {
    return { peer, urls: fleet.urls, ttlMs: 10_000, retryDelayMs: 10, autoExtend: false };
  }

  async function prove(peer: PeerName): Promise<void> {
    const [holder, rival] = [new Worker(), new Worker()];
    try {
      for (const worker of [holder, rival]) await worker.tell({ kind: "open", ...setupOf(peer) });
      await proveExclusive(fleet, holder, rival, peer);
    } finally {
      await Promise.all([holder.end(), rival.end()]);
    }
  }

  test.each(peerNames)("%s holds a quorum, keeps another one out, and leaves nothing behind", async (name) => {
    await expect(prove(name)).resolves.toBeUndefined();
  });

  test("who does not lock at all is not taken for a lock", async () => {
    await expect(prove("no-lock")).rejects.toThrow("no-lock lets two processes in");
  });

  test.each(peerNames.filter((name) => !peers[name].waits))("%s is refused what is held", async (name) => {
    const peer = await peers[name].open(setupOf(name));
    const held = await peer.acquire(["bench:refused"]);
    await expect(peer.acquire(["bench:refused"])).rejects.toThrow("no quorum");
    await peer.release(held);
    await peer.close();
  });
});
