/** At most K, as the suite counts it: by the peers, and by who does not ask; here with workers of one process. */
import { expect, test } from "vitest";
import type { ContendReport, Driven, Order, Reports } from "../src/driver/order.ts";
import { Worker } from "../src/driver/worker.ts";
import { emptyFindings } from "../src/report/rows.ts";
import { findWrongs } from "../src/report/wrongs.ts";
import { permitPeers, runPermits } from "../src/suites/permits.ts";

const contest = { processCount: 4, holdMs: 1, roundCount: 1, durationMs: 300, permits: 2 };

/** A worker whose reports of a contest are what `lie` makes of them. */
function liar(lie: (report: ContendReport) => ContendReport): Driven {
  const worker = new Worker();
  return {
    async tell<Given extends Order>(order: Given): Promise<Reports[Given["kind"]]> {
      const report = await worker.tell(order);
      return order.kind === "contend" ? (lie(report as ContendReport) as Reports[Given["kind"]]) : report;
    },
    end: () => worker.end(),
  };
}

test("ours gives out at most K, and a third of two fails the run", async () => {
  const rows = await runPermits(3, [contest], () => new Worker());
  expect(rows.map(({ peer }) => peer)).toEqual(permitPeers);
  const [ours] = rows;
  expect(ours).toMatchObject({ permits: 2, tooManyCount: 0 });
  expect(ours!.mostAtOnce).toBeLessThanOrEqual(2);
  const calm = rows.map((row) => ({ ...row, hungCount: 0 }));
  expect(findWrongs({ ...emptyFindings, permits: calm })).toEqual([]);
  const [wrong] = findWrongs({ ...emptyFindings, permits: [{ ...calm[0]!, tooManyCount: 3 }] });
  expect(wrong).toContain("3 holds beyond the permits (2 permits, 4 processes)");
}, 120_000);

test("a run that cannot see three at a time of two is refused", async () => {
  const openBlind = (): Driven => liar((report) => ({ ...report, moments: new Float64Array() }));
  await expect(runPermits(1, [contest], openBlind)).rejects.toThrow("is blind");
}, 60_000);
