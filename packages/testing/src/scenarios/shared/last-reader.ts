import assert from "node:assert/strict";

import { eventually, inLine, pending, type Rig } from "../rig/rig.ts";
import { Wire } from "../rig/wire.ts";
import type { Scenario } from "../scenario.ts";

/** One reads for long, one for less. `isShortened`: whether the key's end goes back when the first leaves. */
async function leave(rig: Rig, isShortened: boolean): Promise<void> {
  const wire = new Wire();
  if (!isShortened) wire.change = (operation) => (operation.kind === "release" ? undefined : operation);
  const one = await rig.connect("one", { nodeTimeoutMs: 500 }, { wire });
  const two = await rig.connect("two");
  const long = await one.acquire("job", 600_000, { shared: true });
  const short = await two.acquire("job", 120_000, { shared: true });
  await long.release().catch(() => undefined);
  const isSo = async (): Promise<boolean> => {
    await short.extend();
    return (await two.inspect("job")).nodes.every(({ remainingMs }) => remainingMs > 0 && remainingMs <= 120_000);
  };
  await eventually(rig, "the key ends with the last reader", isSo, isShortened ? 10_000 : 200);

  const writer = await rig.connect("writer", { retryDelayMs: 100_000, retryMaxDelayMs: 100_000 });
  const writing = pending(writer.acquire("job", 60_000, { waitMs: 200_000 }));
  await inLine(rig, two, "job", 1);
  const releasedAtMs = rig.nowMs();
  await short.release();
  await (await writing).release();
  const tookMs = rig.nowMs() - releasedAtMs;
  assert.ok(tookMs < (rig.isSimulated ? 20 : 20_000), `announced at once, not after ${tookMs} ms`);
}

export const lastReader: Scenario = {
  id: "S5",
  title: "the key lives as long as the longest hold that is left, and the last one's release is announced",
  nodeCount: 3,
  isPatient: true,
  play: (rig) => leave(rig, true),
  control: {
    without: "the end of who left: its release reaches no node",
    fails: /the key ends with the last reader/,
    play: (rig) => leave(rig, false),
  },
};
