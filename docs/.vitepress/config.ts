/** The site: which pages stand where. The pages themselves, and their titles, are the files beside this folder. */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitepress";
import { folder, page } from "./pages.ts";
import { repository, toRepository } from "./repository.ts";

/** The playground runs the sources in a browser, where Node's modules are not there. */
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const nodeModules = "async_hooks|buffer|crypto|diagnostics_channel|module|os|perf_hooks|process|timers|util";
const alias = [
  { find: /^@quorate\/redlock$/, replacement: here("../../packages/redlock/src/index.ts") },
  { find: /^@quorate\/redlock\/node$/, replacement: here("../../packages/redlock/src/node/index.ts") },
  { find: /^node:events$/, replacement: here("browser/events.ts") },
  { find: new RegExp(`^node:(?:${nodeModules})$`), replacement: here("browser/node.ts") },
];

export default defineConfig({
  outDir: "../.cache/site",
  cacheDir: "../.cache/vitepress",
  title: "@quorate/redlock",
  description: "A distributed lock over independent Redis masters",
  lang: "en",
  cleanUrls: false,
  lastUpdated: false,
  // The pages are plain Markdown: what looks like a tag in them is a type of TypeScript.
  markdown: {
    config: (markdown) => void markdown.set({ html: false }).use(toRepository),
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
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
          ...[
            "using",
            "errors",
            "choosing",
            "primitives",
            "playground",
            "redis-etcd-zookeeper",
            "guarantees",
            "comparison",
          ].map(page),
        ],
      },
      { text: "Recipes", items: folder("recipes") },
      {
        text: "Guides",
        items: [
          ...folder("guides"),
          ...["operations", "cli", "metrics", "migrating", "migrating-from-node-redlock"].map(page),
        ],
      },
      {
        text: "How it works",
        items: ["algorithm", "architecture", "testing", "verification", "benchmarks/README", "benchmarks/tried"].map(
          page,
        ),
      },
      { text: "Reference", items: ["api", "api-testing"].map(page) },
    ],
    socialLinks: [{ icon: "github", link: repository }],
  },
});
