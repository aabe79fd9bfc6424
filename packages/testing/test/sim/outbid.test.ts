import { expect, test } from "vitest";

import { Stage } from "../../src/sim/stage.ts";

const options = { restartGuardMs: 1000 };

/** Started with a replica among its nodes, it is refused each time, and asks again at once. */
async function tryInVain(stage: Stage, name: string): Promise<void> {
  const { redlock } = stage.process(name, options, 1000);
  while (stage.scheduler.nowMs < 900) {
    await redlock.acquire("job", 1000, { waitMs: 0 }).catch(() => undefined);
  }
}

test("a caller whose clock is behind gets in between others that ask without end and never win", async () => {
  const stage = new Stage({ nodes: 5, latency: { baseMs: 2, jitterMs: 2 } });
  const right = stage.process("right", options);
  await stage.until(right.redlock.acquire("job", 1000).then((lock) => lock.release()));
  stage.node(0).demote();
  for (let index = 0; index < 8; index += 1) void tryInVain(stage, `ahead ${index}`);
  await stage.pass(50);
  const outcome = right.redlock.acquire("job", 1000, { waitMs: 700 }).then(
    (lock) => lock.release(),
    (error: unknown) => error,
  );
  expect(await stage.until(outcome)).toBe("released");
});
