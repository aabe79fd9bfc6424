/** What doctor says of rights, against what the script calls and what the documentation asks for. */
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { startFleet } from "@quorate/testing";
import { scriptText } from "../../src/lua/script.ts";
import { harmlessArguments } from "../../src/cli/doctor/probe/probe-rights.ts";
import { redlock } from "./redlock-process.ts";

test("doctor asks for the right to every command that the script calls, and to no other", () => {
  const called = new Set([...scriptText.matchAll(/call\('([A-Z]+)'/g)].map(([, command]) => command!));
  const asked = new Set([...Object.keys(harmlessArguments), "INFO", "TIME", "PUBLISH"]);
  expect([...asked].toSorted()).toEqual([...called].toSorted());
});

test("the rights that the documentation asks for are enough for doctor too, with and without a prefix", async () => {
  const text = await readFile(new URL("../../../../docs/operations.md", import.meta.url), "utf8");
  for (const [fence, prefix] of [
    ["acl", ""],
    ["acl prefix", "lock:"],
  ] as const) {
    const rules = text.split(`\`\`\`${fence}\n`)[1]!.split("\n```")[0]!;
    await using fleet = await startFleet({ nodes: 3, server: { user: { name: "locks", password: "secret", rules } } });
    const { stdout } = await redlock([
      "doctor",
      "--json",
      "--nodes",
      fleet.urls.join(","),
      "--key-prefix",
      prefix,
      "orders",
    ]);
    const { findings } = JSON.parse(stdout) as { findings: { code: string; problem: string }[] };
    expect(findings.filter(({ code }) => code === "MISSING_RIGHT")).toEqual([]);
  }
});
