import assert from "node:assert/strict";

import { inLine, pending, type Rig } from "../rig/rig.ts";
import type { Scenario } from "../scenario.ts";

/** One reader is in, a writer waits, and then readers come one after another. `fair`: the writer's. */
async function press(rig: Rig, fair: boolean): Promise<void> {
  const [one, two, writer] = await Promise.all(["one", "two", "writer"].map((peer) => rig.connect(peer)));
  const order: string[] = [];
  const inside = await one!.acquire("job", 60_000, { shared: true });
  const waiting = { waitMs: 60_000, retryMaxDelayMs: 1_000 };
  const writing = pending(
    writer!.acquire("job", 60_000, { ...waiting, fair }).then((lock) => (order.push("writer"), lock)),
  );
  if (fair) await inLine(rig, one!, "job", 1);
  const reading = Array.from({ length: 6 }, (_, index) => {
    const reader = index % 2 === 0 ? one! : two!;
    const asking = reader.acquire("job", 60_000, { ...waiting, shared: true });
    return pending(asking.then((lock) => (order.push("reader"), lock)));
  });
  await Promise.race([reading[0], rig.pass(fair ? 200 : 20_000)]);
  assert.deepEqual(order, [], "a reader that came later got in before the writer");
  await inside.release();
  await (await writing).release();
  assert.deepEqual(order.slice(0, 1), ["writer"]);
  for (const lock of await Promise.all(reading)) await lock.release();
}

export const readersWithoutPause: Scenario = {
  id: "S3",
  title: "where readers come without pause, a writer gets in as soon as those who were in have left",
  nodeCount: 3,
  isPatient: true,
  play: (rig) => press(rig, true),
  control: {
    without: "the line: a writer with fair: false",
    fails: /a reader that came later got in before the writer/,
    play: (rig) => press(rig, false),
  },
};
