/** Who would share some of several resources need not wait until nobody reads them. */
import { expect, test } from "vitest";
import { Stage } from "../../../testing/src/sim/stage.ts";

const SLOW_RETRY = { retryDelayMs: 10_000, retryMaxDelayMs: 10_000 };

test.each([
  { shared: true as const, written: "a", read: "b" },
  { shared: ["b"], written: "a", read: "b" },
  { shared: ["a"], written: "b", read: "a" },
])("a release calls who would share $read, which is read, before who came later ($shared)", async (play) => {
  const stage = new Stage({ nodes: 3 });
  const [writer, reader, both, later] = ["writer", "reader", "both", "later"].map(
    (name) => stage.process(name, SLOW_RETRY).redlock,
  );
  const written = await stage.until(writer!.acquire(play.written, 30_000));
  await stage.until(reader!.acquire(play.read, 30_000, { shared: true }));
  const order: string[] = [];
  const startedAtMs = stage.scheduler.nowMs;
  const note = (name: string): number =>
    order.push(`${name} ${stage.scheduler.nowMs - startedAtMs < 600 ? "soon" : "late"}`);
  void both!.acquire(["a", "b"], 30_000, { shared: play.shared, waitMs: 60_000 }).then(() => note("both"));
  await stage.pass(100);
  void later!.acquire(play.written, 30_000, { shared: true, waitMs: 60_000 }).then(() => note("later"));
  await stage.pass(400);
  await stage.until(written.release());
  await stage.pass(1000);
  expect(order[0]).toBe("both soon");
});
