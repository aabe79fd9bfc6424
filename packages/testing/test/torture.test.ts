/** The torture itself: that a short one leaves nothing behind, and that it sees what is wrong where something is. */
import { expect, test } from "vitest";

import { torture } from "../src/torture/torture.ts";

test("seconds of torture leave no key, no process and nothing unhandled", async () => {
  const result = await torture({ durationMs: 2_500, seed: 11, userCount: 2 });
  expect(result).toMatchObject({ keysLeft: [], faults: [] });
  expect(result.grantedCount).toBeGreaterThan(0);
}, 120_000);

test("with the restart guard off, two holders are seen", async () => {
  const result = await torture({ durationMs: 60_000, seed: 3, isGuardOff: true });
  expect(result.breaches.join()).toMatch(/^mutual exclusion: r\d: user\d\.\d+ got it at /);
}, 120_000);
