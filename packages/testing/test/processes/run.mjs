/**
 * Runs a TypeScript file in a process of its own, with the tests' aliases: node run.mjs <file> [arguments]. Node 20
 * does not run TypeScript, and a build would make the tests test something older than the sources.
 */
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

const requireFromVitest = createRequire(createRequire(import.meta.url).resolve("vitest"));
const { runnerImport } = await import(pathToFileURL(requireFromVitest.resolve("vite")).href);
await runnerImport(process.argv[2], {
  root: fileURLToPath(new URL("../../../..", import.meta.url)),
  configFile: false,
  logLevel: "error",
});
