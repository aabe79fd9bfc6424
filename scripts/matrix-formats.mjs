#!/usr/bin/env node
/**
 * Whether the packed packages run where their users run them: under jest, vitest and node:test, bundled and minified, in Bun
 * and Deno, in every Node and TypeScript that is promised. What could not be had is printed as such.
 *
 *   npm run matrix:formats [-- --only "jest 30"]
 */
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { build } from "./commands/tools.mjs";
import { cells } from "./formats/cells.mjs";
import { Projects } from "./formats/projects.mjs";
import { runCell, Stand } from "./formats/run-cell.mjs";

/** Prints how each cell did; resolves with how many failed. `isWanted` selects cells, after `endsAtMs` none begins. */
export async function runFormats(root, isWanted, endsAtMs = Infinity) {
  const projects = new Projects(root);
  const stand = new Stand();
  const counts = { passed: 0, FAILED: 0, unavailable: 0, "not run": 0 };
  await stand.start();
  try {
    for (const cell of cells.filter(isWanted)) {
      const isLate = Date.now() > endsAtMs;
      const { result, detail } = isLate ? tooLate : await runCell(cell, projects, stand.urls);
      counts[result]++;
      console.log(`${cell.name.padEnd(52)} ${result}${detail === "" ? "" : `: ${detail}`}`);
    }
  } finally {
    await stand.stop();
  }
  const open = counts.unavailable + counts["not run"];
  console.log(`\n${counts.passed} passed, ${counts.FAILED} failed, ${open} unavailable or not run`);
  return counts.FAILED;
}

const tooLate = { result: "not run", detail: "the time was over" };

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const { values } = parseArgs({ options: { only: { type: "string", default: "" } } });
  await build(root);
  const failed = await runFormats(root, ({ name }) => name.includes(values.only));
  if (failed > 0) process.exitCode = 1;
}
