/** The files of ops/ name only metrics that exist, and say what their readers take. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { Redlock } from "@quorate/redlock";
import { memoryNodes } from "@quorate/testing";
import { expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { root } from "./support/run.ts";

const read = (name: string): Promise<string> => readFile(join(root, "ops", name), "utf8");

async function metricNames(): Promise<Set<string>> {
  const redlock = new Redlock(memoryNodes(3).connect());
  const { metrics } = redlock.metrics();
  await redlock.close();
  const ofHistogram = ["_bucket", "_sum", "_count"];
  return new Set(
    metrics.flatMap(({ name, type }) => (type === "histogram" ? ofHistogram.map((end) => name + end) : [name])),
  );
}

test.each(["alerts.yml", "grafana.json"])("%s asks for metrics that exist", async (name) => {
  const text = await read(name);
  const asked = new Set([...text.matchAll(/\bredlock_\w+/g)].map(([metric]) => metric));
  const known = await metricNames();
  expect(asked.size).toBeGreaterThan(5);
  expect([...asked].filter((metric) => !known.has(metric))).toEqual([]);
});

test("each alert has a severity and says what is wrong", async () => {
  const { groups } = parse(await read("alerts.yml")) as {
    groups: { rules: { alert: string; labels: object; annotations: object }[] }[];
  };
  const rules = groups.flatMap((group) => group.rules);
  expect(rules.map(({ alert }) => alert)).toContain("RedlockNoQuorum");
  for (const { labels, annotations } of rules) {
    expect(labels).toHaveProperty("severity");
    expect(annotations).toHaveProperty("summary");
  }
});

/** Debian's package prometheus has it; where it is missing, the checks above are all that is known. */
const promtool = await promisify(execFile)("promtool", ["--version"]).then(
  () => true,
  () => false,
);

test.runIf(promtool)("promtool takes the alert rules", async () => {
  const { stdout } = await promisify(execFile)("promtool", ["check", "rules", join(root, "ops/alerts.yml")]);
  expect(stdout).toContain("SUCCESS");
});

test("five nodes, each a master of its own on a machine of its own, of which a drain takes one at a time", async () => {
  const documents = parseAllDocuments(await read("kubernetes.yaml")).map((document) => document.toJS() as Manifest);
  const set = documents.find(({ kind }) => kind === "StatefulSet")!;
  const budget = documents.find(({ kind }) => kind === "PodDisruptionBudget")!;
  expect(set.spec["replicas"]).toBe(5);
  expect(budget.spec["maxUnavailable"]).toBe(1);
  const text = JSON.stringify(set.spec);
  expect(text).toContain('"topologyKey":"kubernetes.io/hostname"');
  expect(text).toContain("noeviction");
  expect(text).not.toContain("replicaof");
});

interface Manifest {
  readonly kind: string;
  readonly spec: Readonly<Record<string, unknown>>;
}
