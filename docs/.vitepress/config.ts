/** The site: which pages stand where. The pages themselves are the files beside this folder. */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitepress";

/** The playground runs the sources in a browser, where Node's modules are not there. */
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const nodeModules = "async_hooks|buffer|crypto|diagnostics_channel|module|os|perf_hooks|process|timers|util";
const alias = [
  { find: /^@quorate\/redlock$/, replacement: here("../../packages/redlock/src/index.ts") },
  { find: /^@quorate\/redlock\/node$/, replacement: here("../../packages/redlock/src/node/index.ts") },
  { find: /^node:events$/, replacement: here("browser/events.ts") },
  { find: new RegExp(`^node:(?:${nodeModules})$`), replacement: here("browser/node.ts") },
];

const repository = "https://github.com/quorate/redlock";

export default defineConfig({
  outDir: "../.cache/site",
  cacheDir: "../.cache/vitepress",
  title: "@quorate/redlock",
  description: "A distributed lock over independent Redis masters",
  lang: "en",
  cleanUrls: false,
  lastUpdated: false,
  // Links that leave docs/ lead into the repository.
  ignoreDeadLinks: [/^(\.\/)?(\.\.\/)+(packages|examples|README|ops)/],
  // The pages are plain Markdown: what looks like a tag in them is a type of TypeScript.
  markdown: {
    config: (markdown) => void markdown.set({ html: false }),
    theme: { light: "github-light", dark: "github-dark" },
  },
  vite: { resolve: { alias } },
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    nav: [
      { text: "Choose", link: "/choosing" },
      { text: "Recipes", link: "/recipes/cache-rebuild" },
      { text: "Guarantees", link: "/guarantees" },
      { text: "API", link: "/api" },
    ],
    sidebar: [
      {
        text: "Start",
        items: [
          { text: "What it is", link: "/" },
          { text: "Playground", link: "/playground" },
          { text: "Choose a lock", link: "/choosing" },
          { text: "Leader, run once, once per period", link: "/primitives" },
          { text: "Redis quorum, etcd or ZooKeeper?", link: "/redis-etcd-zookeeper" },
          { text: "What is promised", link: "/guarantees" },
        ],
      },
      {
        text: "Recipes",
        items: [
          { text: "Rebuild a cache entry once", link: "/recipes/cache-rebuild" },
          { text: "Run a scheduled job once", link: "/recipes/cron-once" },
          { text: "Fencing in SQL", link: "/recipes/sql-fencing" },
          { text: "Transfer between two accounts", link: "/recipes/transfer" },
          { text: "Graceful shutdown", link: "/recipes/shutdown" },
        ],
      },
      {
        text: "Guides",
        items: [
          { text: "Production checklist", link: "/guides/production" },
          { text: "Troubleshooting", link: "/guides/troubleshooting" },
          { text: "Sizing and topologies", link: "/guides/topologies" },
          { text: "Hosted Redis", link: "/guides/hosting" },
          { text: "jest, fake timers, bundlers", link: "/guides/tests-and-bundlers" },
          { text: "Operating it", link: "/operations" },
          { text: "The command line", link: "/cli" },
          { text: "Metrics", link: "/metrics" },
          { text: "From other libraries", link: "/migrating" },
          { text: "From node-redlock", link: "/migrating-from-node-redlock" },
        ],
      },
      {
        text: "How it works",
        items: [
          { text: "The algorithm", link: "/algorithm" },
          { text: "The code", link: "/architecture" },
          { text: "How it is tested", link: "/testing" },
          { text: "What was verified", link: "/verification" },
          { text: "Benchmarks", link: "/benchmarks/README" },
        ],
      },
      {
        text: "Reference",
        items: [
          { text: "@quorate/redlock", link: "/api" },
          { text: "@quorate/testing", link: "/api-testing" },
        ],
      },
    ],
    socialLinks: [{ icon: "github", link: repository }],
  },
});
