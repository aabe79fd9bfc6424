import { expect, test } from "vitest";

import { drawPlan } from "../../src/sim/draw.ts";
import { PROFILES } from "../../src/sim/profiles.ts";
import { runPlan } from "../../src/sim/world.ts";

test("the same seed gives the same history, byte for byte", async () => {
  for (const seed of [3, 9, 16, 28, 39]) {
    const [first, second] = [await runPlan(drawPlan(seed)), await runPlan(drawPlan(seed))];
    expect(JSON.stringify(second.history)).toBe(JSON.stringify(first.history));
    expect(second.eventCount).toBe(first.eventCount);
  }
});

test("another seed gives another history", async () => {
  const [first, second] = [await runPlan(drawPlan(3)), await runPlan(drawPlan(4))];
  expect(JSON.stringify(second.history)).not.toBe(JSON.stringify(first.history));
});

const cheap = PROFILES.filter(({ weight }) => weight !== 1);

// A sample of what `npm run sim` runs for longer; what it once found is pinned below.
test.each(cheap.map(({ name }) => name))("nothing is violated in 4 runs of %s", async (profile) => {
  const runs = 4;
  let acquiredCount = 0;
  for (let seed = 1; seed <= runs; seed += 1) {
    const outcome = await runPlan(drawPlan(seed, { profile }));
    expect(outcome.violations, `pnpm sim --seed ${seed} --profile "${profile}"`).toEqual([]);
    acquiredCount += outcome.acquiredCount;
  }
  // A run in which nobody gets a lock proves nothing.
  expect(acquiredCount).toBeGreaterThan(runs * 2);
});

/** Each failed once: what is said of it is the rule that was missing. */
const FAILED_ONCE: readonly [seed: number, profile: string, rule: string][] = [
  [1112879, "permits moved", "permits are split also where the round was lost before the last node voted"],
  [1249199, "permits restarts", "the same beside a node that is new to locks"],
  [3205465, "permits", "who asks for a permit under a T that some nodes have seen learns the highest"],
  [1132211, "mixed", "a node that has just said that it does not know the script is not silent"],
  [1239730, "repairs", "a late hand-over on a node that disowned the lock does not count at once"],
  [1141295, "any mode waiting", "a number keeps its latest holder's name, also when that hold was given up"],
  [3028772, "readers of several", "who is kept out of one of several keeps nobody from the others"],
  [1137481, "short fences", "a waiter's token is drawn anew"],
];
test.each(FAILED_ONCE)("seed %i of %s: %s", async (seed, profile) => {
  expect((await runPlan(drawPlan(seed, { profile }))).violations).toEqual([]);
});

test("a lock cycle of 5 contenders on 5 nodes takes a bounded number of simulated events", async () => {
  const plan = drawPlan(6, { profile: "calm" });
  const machine = { rate: 1, wallOffsetMs: 0 };
  const { acquiredCount, eventCount } = await runPlan({
    ...plan,
    nodes: Array.from({ length: 5 }, () => machine),
    processes: Array.from({ length: 5 }, () => machine),
    callersPerProcess: 1,
    durationMs: 3_000,
    latency: { baseMs: 0.2, jitterMs: 0.1 },
    options: { ...plan.options, restartGuardMs: 1000 },
    habits: {
      ...plan.habits,
      ttlMs: [1000, 1000],
      longestHoldMs: 2,
      meanThinkMs: 1,
      holds: [0, 0.002],
      forgetProbability: 0,
    },
  });
  expect(acquiredCount).toBeGreaterThan(800);
  // 80 at the time of writing; what that is in locks a second, `npm run sim` says of the machine it runs on.
  expect(eventCount / acquiredCount).toBeLessThan(120);
}, 60_000);

test("a process that is killed twice while it is down is started once", async () => {
  const plan = drawPlan(6, { profile: "calm" });
  const kill = { kind: "kill process", process: 0 } as const;
  const outcome = await runPlan({
    ...plan,
    durationMs: 3000,
    faults: [
      { atMs: 1000, durationMs: 100, fault: kill },
      { atMs: 1010, durationMs: 500, fault: kill },
    ],
  });
  const lives = new Set(outcome.history.flatMap((event) => ("holder" in event ? event.holder : [])));
  const ofFirst = [...lives].filter((holder) => holder.startsWith("p0.") && holder.endsWith(".0"));
  expect(ofFirst).toHaveLength(2);
  expect(outcome.violations).toEqual([]);
});
