/** What was shared by its holder stays so for its adopter, on nodes that have not heard of it too. */
import { QuorumUnavailableError } from "@quorate/redlock";
import { expect, test } from "vitest";
import { Stage } from "../../../testing/src/sim/stage.ts";

test("a lock whose share() reached one node of three is adopted as one who shares, and lets readers in", async () => {
  const stage = new Stage({ nodes: 3 });
  const [giver, receiver, reader] = ["giver", "receiver", "reader"].map((name) => stage.process(name).redlock);
  const lock = await stage.until(giver!.acquire("a", 10_000));
  {
    using cut = stage.network.blackHole([1, 2], { peers: ["giver"] });
    await expect(stage.until(lock.share())).rejects.toBeInstanceOf(QuorumUnavailableError);
    void cut;
  }
  expect([...stage.keysOf("a").values()].filter((text) => text === lock.token)).toHaveLength(2);
  const adopted = await stage.until(receiver!.adopt(lock.handOver()));
  expect([adopted.mode, adopted.isHeld()]).toEqual(["shared", true]);
  const beside = await stage.until(reader!.tryAcquire("a", 10_000, { shared: true }));
  expect(beside?.isHeld()).toBe(true);
  expect(await stage.until(reader!.tryAcquire("a", 10_000))).toBe(null);
});
