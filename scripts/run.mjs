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
  async demo(args) {
    await prepare();
    await prepareRedis();
    await step("build", () => build(root));
    return runInView([process.execPath, "examples/dist/demo/main.js", ...args], { cwd: root });
  },
  async sim(args) {
    await prepare();
    await step("build", () => build(root));
    return runInView([process.execPath, "packages/testing/dist/sim/cli/main.js", ...args], { cwd: root });
  },
  async "sim:mutants"(args) {
    await prepare();
    await step("build", () => build(root));
    return runInView([process.execPath, "packages/testing/dist/mutation/cli/main.js", ...args], { cwd: root });
  },
  async site() {
    await prepare();
    return runInView(await tool(root, "vitepress", "build", "docs"), { cwd: root });
  },
  async "site:check"() {
    await prepare();
    const vitest = await tool(root, "vitest", "run", "scripts/site");
    return runInView(vitest, { cwd: root, env: { ...process.env, SITE_CHECK: "1" } });
  },
  async torture(args) {
    await prepare();
    await prepareRedis();
    await step("build", () => build(root));
    return runInView([process.execPath, "packages/testing/dist/torture/cli/main.js", ...args], { cwd: root });
  },
  async soak(args) {
    await prepare();
    await prepareRedis();
    await step("build", () => build(root));
    return runInView([process.execPath, "packages/testing/dist/soak/cli/main.js", ...args], { cwd: root });
  },
  async peers(args) {
    await prepare();
    await prepareRedis();
    await step("build", () => build(root));
    return runInView([process.execPath, "packages/benchmarks/dist/faults/main.js", ...args], { cwd: root });
  },
  async prove(args) {
    await prepare();
    await step("build", () => build(root));
    return runInView([process.execPath, "packages/model/dist/main.js", ...args], { cwd: root });
  },
  async bench(args) {
    await prepare();
    await prepareRedis();
    const comparesServices = args.some((each) => each.includes("coordination")) || !args.includes("--quick");
    if (comparesServices) await step("etcd and ZooKeeper", fetchCoordinationServices);
    await step("build", () => build(root));
    return runInView([process.execPath, "packages/benchmarks/dist/main.js", ...args], { cwd: root });
  },
};

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
