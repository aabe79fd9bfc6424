import { expect, test } from "vitest";
import { fullPlan } from "../src/plan/full.ts";
import { planOf } from "../src/plan/plan.ts";
import { readSettings } from "../src/settings.ts";

test("only a run of everything at full length goes to the documentation", () => {
  expect(readSettings([]).folder).toBe("docs/benchmarks");
  expect(readSettings(["--quick"]).folder).toBe(".cache/benchmarks");
  expect(readSettings(["--suite", "contention,settling"])).toMatchObject({
    folder: ".cache/benchmarks",
    only: ["contention", "settling"],
  });
  expect(readSettings(["--quick", "--out", "here"]).folder).toBe("here");
});

test("figures go into the page about etcd and ZooKeeper only where that is asked for", () => {
  expect(readSettings(["--suite", "coordination"]).writesPage).toBe(false);
  expect(readSettings(["--suite", "coordination", "--write"]).writesPage).toBe(true);
});

test.each([["--suite", "everything"], ["--suite", ""], ["--fast"]])("%s %s is refused", (...commandLine) => {
  expect(() => readSettings(commandLine)).toThrow(TypeError);
});

test("a plan of one suite has nothing of the others, and faults belong to speed", () => {
  expect(planOf(fullPlan, ["settling"])).toMatchObject({ speed: [], faults: [], settling: fullPlan.settling });
  expect(planOf(fullPlan, ["speed"])).toMatchObject({ faults: fullPlan.faults, contention: [] });
});
