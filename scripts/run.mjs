#!/usr/bin/env node
/**
 * The one entry to this workspace: needs Node >= 20.19 and npm, gets the rest by itself.
 *
 *   node scripts/run.mjs <build|check|format|test|demo|bench|sim|sim:mutants|torture|soak|prove|peers|site|site:check> [arguments]
 */
import { fileURLToPath } from "node:url";
import { installDependencies } from "./bootstrap/pnpm.mjs";
import { fetchCoordinationServices } from "./bootstrap/coordination.mjs";
import { findRedisServer } from "./bootstrap/redis.mjs";
import { runInView, step, Stop } from "./bootstrap/step.mjs";
import { check } from "./commands/check.mjs";
import { build, oxfmt, tool } from "./commands/tools.mjs";
import { closingLine, test } from "./commands/test.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Each resolves with the exit code. */
const commands = {
  async build() {
    await prepare();
    await step("build", () => build(root));
    return 0;
  },
  async check() {
    await prepare();
    return (await check(root)) === 0 ? 0 : 1;
  },
  async format() {
    await prepare();
    await step("format", () => oxfmt(root, []));
    return 0;
  },
  async test(args) {
    try {
      await prepare();
      await prepareRedis();
    } catch (error) {
      console.error(error instanceof Stop ? error.message : error);
      console.log(`\n${closingLine({ passed: 0, failed: 1, skipped: 0 })}`);
      return 1;
    }
    return test(root, args);
  },
  demo: program("examples/dist/demo/main.js", prepareRedis),
  sim: program("packages/testing/dist/sim/cli/main.js"),
  "sim:mutants": program("packages/testing/dist/mutation/cli/main.js"),
  async site() {
    await prepare();
    return runInView(await tool(root, "vitepress", "build", "docs"), { cwd: root });
  },
  async "site:check"() {
    await prepare();
    const vitest = await tool(root, "vitest", "run", "scripts/site");
    return runInView(vitest, { cwd: root, env: { ...process.env, SITE_CHECK: "1" } });
  },
  torture: program("packages/testing/dist/torture/cli/main.js", prepareRedis),
  soak: program("packages/testing/dist/soak/cli/main.js", prepareRedis),
  peers: program("packages/benchmarks/dist/faults/main.js", prepareRedis),
  prove: program("packages/model/dist/main.js"),
  bench: program("packages/benchmarks/dist/main.js", async (args) => {
    await prepareRedis();
    const comparesServices = args.some((each) => each.includes("coordination")) || !args.includes("--quick");
    if (comparesServices) await step("etcd and ZooKeeper", fetchCoordinationServices);
  }),
};

/** A command that builds, and runs what was built with its own arguments. `fetchMore`: what it needs beside the dependencies. */
function program(path, fetchMore) {
  return async (args) => {
    await prepare();
    await fetchMore?.(args);
    await step("build", () => build(root));
    return runInView([process.execPath, path, ...args], { cwd: root });
  };
}

async function prepare() {
  await step("dependencies", () => installDependencies(root));
}

async function prepareRedis() {
  await step("redis-server", async () => {
    const { bin, version } = await findRedisServer(root);
    process.env.REDIS_SERVER_BIN = bin;
    return `${bin} ${version}`;
  });
}

async function main([name, ...args]) {
  const command = Object.hasOwn(commands, name ?? "") ? commands[name] : undefined;
  if (!command) throw new Stop(`Usage: node scripts/run.mjs <${Object.keys(commands).join("|")}> [arguments]`);
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    throw new Stop(`Node ${process.versions.node} is too old: use 20.19+`);
  return command(args);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Stop ? error.message : error);
  process.exitCode = 1;
}
