import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (path: string): string => fileURLToPath(new URL(`./packages/${path}`, import.meta.url));

// Tests run on the sources: the aliases stand before the packages' `exports`, which point at built files.
export default defineConfig({
  resolve: {
    alias: [
      { find: /^@quorate\/redlock$/, replacement: source("redlock/src/index.ts") },
      { find: /^@quorate\/redlock\/node$/, replacement: source("redlock/src/node/index.ts") },
      { find: /^@quorate\/testing$/, replacement: source("testing/src/index.ts") },
    ],
  },
  test: {
    include: ["packages/*/src/**/*.test.ts", "packages/*/test/**/*.test.ts", "examples/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    pool: "forks",
    testTimeout: 30_000,
    hookTimeout: 30_000,
    retry: 0,
  },
});
