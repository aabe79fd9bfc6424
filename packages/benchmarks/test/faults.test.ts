/** The table of faults seen elsewhere: ours has none of them, and each play can fail. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { faults } from "../src/faults/faults.ts";
import { libraries, ours } from "../src/faults/library.ts";
import { playAll } from "../src/faults/play-all.ts";

// Peers leave promises that reject when their nodes have gone.
const ignore = (): void => {};
beforeAll(() => void process.on("unhandledRejection", ignore));
afterAll(() => void process.off("unhandledRejection", ignore));

// What hangs is waited for: all of them side by side.
test.concurrent.each(faults)("$name", { timeout: 60_000 }, async (fault) => {
  const results = await playAll([fault], libraries);
  const { seen } = results.find(({ library }) => library === ours.name)!;
  expect(seen ?? "").toBe("");
  expect(results.filter((each) => each.seen !== undefined && each.seen !== "")).not.toEqual([]);
});
