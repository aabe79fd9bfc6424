/** The checks that every contest goes through catch who does not lock; here with workers of one process. */
import { expect, test } from "vitest";
import { atSomePace, TooBusy } from "../../redlock/test/support/pace.ts";
import type { ContendReport, Driven, Order, Reports } from "../src/driver/order.ts";
import { Worker } from "../src/driver/worker.ts";
import { readHandOffs } from "../src/measure/hand-offs.ts";
import { emptyFindings } from "../src/report/rows.ts";
import { findWrongs } from "../src/report/wrongs.ts";
import { runContests } from "../src/suites/contention.ts";
import { runSettling } from "../src/suites/settling.ts";

const contest = { processCount: 3, holdMs: 1, roundCount: 2, durationMs: 200 };
const openWorker = (): Driven => new Worker();

/** Passes everything on, and tells what `lie` makes of the report. */
function liar(lie: (order: Order, report: unknown) => unknown): Driven {
  const worker = new Worker();
  return {
    async tell<Given extends Order>(order: Given): Promise<Reports[Given["kind"]]> {
      return lie(order, await worker.tell(order)) as Reports[Given["kind"]];
    },
    end: () => worker.end(),
  };
}

test(
  "contenders that lock never overlap, those that do not are caught, and fail the run if they are ours",
  () =>
    atSomePace([200, 1_000, 5_000], async (durationMs) => {
      const contests = [{ ...contest, durationMs }];
      const [ours, unfair, fake] = await runContests(
        3,
        0,
        ["ours", "ours-unfair", "no-lock"],
        contests,
        openWorker,
      ).catch((error: Error) => {
        throw /is blind|did not answer/.test(error.message) ? new TooBusy(error.message) : error;
      });
      for (const row of [ours!, unfair!]) expect(row.overlapCount).toBe(0);
      if ([ours!, unfair!, fake!].some((row) => row.handOffsPerSecond.lowest === 0)) throw new TooBusy("nobody got in");
      expect(fake!.overlapCount).toBeGreaterThan(0);
      // Waited for longer than the grace at the end: not what is tried here.
      const calm = [ours!, unfair!, fake!].map((row) => ({ ...row, hungCount: 0 }));
      expect(findWrongs({ ...emptyFindings, contention: calm })).toEqual([]);
      const [wrong] = findWrongs({ ...emptyFindings, contention: [{ ...fake!, hungCount: 0, peer: "ours" }] });
      expect(wrong).toContain("holds that overlapped (3 processes, 3 nodes, hold 1 ms, network 0 ms)");
    }),
  120_000,
);

test("a run that cannot see two processes inside is refused", async () => {
  const nobodyMet = (order: Order, report: unknown): unknown =>
    order.kind === "contend" ? { ...(report as ContendReport), moments: new Float64Array() } : report;
  await expect(runContests(1, 0, ["ours"], [contest], () => liar(nobodyMet))).rejects.toThrow("is blind");
});

test("a race has one winner, and two are reported", async () => {
  const [fair, unfair] = await runSettling(3, ["ours", "ours-unfair"], [4], 5, openWorker);
  for (const row of [fair!, unfair!]) {
    expect(row.winsByRound.reduce((sum, count) => sum + count, 0)).toBe(5);
    expect(row).toMatchObject({ raceCount: 5, unsettledCount: 0, overlapCount: 0 });
  }
  const twoWon = (order: Order, report: unknown): unknown =>
    order.kind === "race-over" ? [{ wonAtMs: 1, leftAtMs: 2, roundCount: 1 }] : report;
  const [wrong] = await runSettling(3, ["ours"], [2], 3, () => liar(twoWon));
  expect(wrong!.overlapCount).toBe(3);
  expect(findWrongs({ ...emptyFindings, settling: [wrong!] })).toEqual([
    expect.stringContaining("3 races with two winners"),
  ]);
});

const report: ContendReport = {
  moments: new Float64Array(),
  waitingSinceMs: 0,
  failureCount: 0,
  isHung: false,
  cpuUs: 0,
  callCount: 0,
};

test("who still waits at the end has waited so long, and what comes after the end does not count", () => {
  const lucky = { ...report, moments: Float64Array.of(0, 1, 2, 2, 3, 4, 4, 101, 102) };
  const starved = { ...report, waitingSinceMs: 10 };
  const { count, waitsMs, jainIndex } = readHandOffs([lucky, starved], { startAtMs: 0, endAtMs: 100 });
  expect(count).toBe(2);
  expect(waitsMs).toEqual([1, 1, 90]);
  expect(jainIndex).toBe(0.5);
});

test("what was got in the warm-up does not count, a wait that began there does", () => {
  const early = { ...report, moments: Float64Array.of(0, 1, 2, 2, 60, 61) };
  expect(readHandOffs([early], { startAtMs: 50, endAtMs: 100 })).toMatchObject({ count: 1, waitsMs: [58] });
});

test("an overlap counts after the end as well", () => {
  const one = { ...report, moments: Float64Array.of(0, 101, 103) };
  const other = { ...report, moments: Float64Array.of(0, 102, 104) };
  expect(readHandOffs([one, other], { startAtMs: 0, endAtMs: 100 }).overlapCount).toBe(1);
});
