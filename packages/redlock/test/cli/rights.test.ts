import { expect, test } from "vitest";
import { scriptText } from "../../src/lua/script.ts";
import { harmlessArguments } from "../../src/cli/doctor/probe/probe-rights.ts";

test("doctor asks for the right to every command that the script calls", () => {
  const called = new Set([...scriptText.matchAll(/call\('([A-Z]+)'/g)].map(([, command]) => command!));
  const asked = new Set([...Object.keys(harmlessArguments), "INFO", "TIME", "PUBLISH"]);
  expect([...called].filter((command) => !asked.has(command))).toEqual([]);
});
