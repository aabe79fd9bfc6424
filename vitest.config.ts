import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const source = (path: string): string => fileURLToPath(new URL(`./packages/${path}`, import.meta.url));

const all = [
  "packages/*/src/**/*.test.ts",
  "packages/*/test/**/*.test.ts",
  "examples/**/*.test.ts",
  "scripts/**/*.test.mjs",
];

/** What these look at is of a whole process: warnings given once, channels of tracers, replaced clocks, native clients. */
const ownProcess = [
  "packages/redlock/test/{adapters,compat}/**/*.test.ts",
  "packages/redlock/test/observe/{events,tracing}.test.ts",
  "packages/redlock/test/runtime/{either-signal,fake-timers}.test.ts",
];

/** They are short to read and long to run. */
const slow =
  /\/(?:scripts\/(?:release|newcomer|formats)|examples\/test\/\w+|testing\/test\/(?:scenarios\/.*|sim\/world|soak|torture)|benchmarks\/test\/(?:faults|peers))\.test\./;

/** Where no former run has told how long each takes, the longest text comes first; and what is slow would end the run alone. */
class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLater = ({ project, moduleId }: TestSpecification): number =>
      Number(project.name === "together" && !slow.test(moduleId));
    return (await super.sort(files)).sort((a, b) => isLater(a) - isLater(b));
  }
}

// Tests run on the sources: the aliases stand before the packages' `exports`, which point at built files.
export default defineConfig({
  resolve: {
    alias: [
      { find: /^@quorate\/redlock$/, replacement: source("redlock/src/index.ts") },
      { find: /^@quorate\/redlock\/compat$/, replacement: source("redlock/src/compat/index.ts") },
      // Programs that were written for node-redlock or its fork are run on ours.
      { find: /^(?:redlock|@sesamecare-oss\/redlock)$/, replacement: source("redlock/src/compat/index.ts") },
      { find: /^@quorate\/redlock\/node$/, replacement: source("redlock/src/node/index.ts") },
      { find: /^@quorate\/nestjs$/, replacement: source("nestjs/src/index.ts") },
      { find: /^@quorate\/fastify$/, replacement: source("fastify/src/index.ts") },
      { find: /^@quorate\/testing$/, replacement: source("testing/src/index.ts") },
    ],
  },
  test: {
    pool: "forks",
    // The tests on real servers mostly wait; the servers themselves need what is left of the processors.
    maxWorkers: availableParallelism() + 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Of vitest's own second, a busy machine takes all.
    expect: { poll: { timeout: 15_000 } },
    retry: 0,
    sequence: { sequencer: SlowFirst },
    // Both projects load the same sources: what was made of one for the first, the second finds.
    experimental: { fsModuleCache: true },
    exclude: ["**/node_modules/**", "**/dist/**"],
    projects: [
      // To load the sources again for each file costs a sixth of the whole run.
      { extends: true, test: { name: "together", include: all, exclude: ownProcess, isolate: false } },
      { extends: true, test: { name: "own process", include: ownProcess } },
    ],
  },
});
