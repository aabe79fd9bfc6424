/** What the playground draws, without a browser: the deeds that its page tells to try, with each guard and without. */
import { expect, test } from "vitest";
import { linkOf, runOf } from "../../docs/.vitepress/playground/link.ts";
import { PlayWorld } from "../../docs/.vitepress/playground/play-world.ts";

const allOn = { restart: true, signal: true, store: true };
const act = (atMs, deed, ...indexes) => indexes.map((index) => ({ atMs, deed, index }));
/** The holder stands still, and three nodes forget that it holds. */
const forgotten = [...act(500, "pause", 0), ...act(500, "empty", 0, 1, 2)];

async function run(guards, actions, seed = 1) {
  const world = new PlayWorld(seed, guards, actions);
  await world.pass(12_000);
  return world;
}

test("two of five nodes are killed: work goes on, and two never hold at once", async () => {
  const world = await run(allOn, act(500, "kill", 0, 1));
  expect(world.overlapMs).toBe(0);
  expect(world.stays.length).toBeGreaterThan(5);
});

test("three nodes that forget give nobody a second lock; without the guard they do", async () => {
  expect((await run(allOn, forgotten)).overlapMs).toBe(0);
  const unguarded = await run({ ...allOn, restart: false }, forgotten);
  expect(unguarded.overlapMs).toBeGreaterThan(0);
  expect(unguarded.notes).toContainEqual(
    expect.objectContaining({ isBad: true, text: "two workers hold the lock at once" }),
  );
});

test("a worker that was paused is stopped by the signal; without it by the store; without both it writes late", async () => {
  const paused = act(500, "pause", 0);
  expect((await run(allOn, paused)).lateWriteCount).toBe(0);
  const stored = await run({ ...allOn, signal: false }, paused);
  expect(stored.lateWriteCount).toBe(0);
  expect(stored.notes.some(({ text }) => text.startsWith("the store refuses the late write"))).toBe(true);
  expect((await run({ ...allOn, signal: false, store: false }, paused)).lateWriteCount).toBeGreaterThan(0);
});

test("a link plays the same run again", async () => {
  const first = await run({ ...allOn, restart: false }, forgotten, 42);
  const { seed, guards, actions } = runOf(
    linkOf({ seed: 42, guards: { ...allOn, restart: false }, actions: first.actions }),
  );
  const again = await run(guards, actions, seed);
  expect(again.notes).toEqual(first.notes);
  expect(again.stays).toEqual(first.stays);
});
