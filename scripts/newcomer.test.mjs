/**
 * The first minutes of somebody who has never seen this: an empty folder, the packed tarball, and the commands of the README in their
 * order, as they stand. Only the package's name is replaced by the tarball, and the ports by free ones. Docker is not started:
 * of the two ways to get nodes, the one without it is taken.
 */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { relocate } from "../examples/test/support/snippets.ts";
import { runQuietly } from "./bootstrap/step.mjs";
import { build } from "./commands/tools.mjs";
import { pack } from "./release-pack.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const started = [];
/** What was typed to install, and where: the same words need not be tried twice. */
const installed = new Map();
let scratch;
let tarball;

beforeAll(async () => {
  await build(root);
  scratch = await mkdtemp(join(tmpdir(), "newcomer-"));
  tarball = (await pack(root, "redlock")).path;
}, 120_000);
afterAll(async () => {
  await Promise.all(started.map(stop));
  await rm(scratch, { recursive: true, force: true });
});

test.each(["README.md", "packages/redlock/README.md"])(
  "%s leads from an empty folder to a lock",
  async (path) => {
    const readme = await readFile(join(root, path), "utf8");
    const urls = await freeAddresses(5);
    const folder = join(scratch, path.replaceAll("/", "-"));
    await mkdir(folder);
    const shell = async (commands) => {
      const env = { ...process.env, TMPDIR: folder, npm_config_prefer_offline: "true", npm_config_audit: "false" };
      return runQuietly(["bash", "-euo", "pipefail", "-c", commands], { cwd: folder, env });
    };
    const [install, compose, nodes] = blocks(readme, "sh").map((block) =>
      relocate(block.replace("@quorate/redlock", tarball), urls),
    );
    const program = relocate(blocks(readme, "ts")[0], urls);
    await writeFile(join(folder, "lock.mjs"), program);
    const beganMs = performance.now();

    const before = installed.get(install);
    if (before === undefined) await shell(install);
    else {
      for (const name of ["package.json", "node_modules"])
        await cp(join(before, name), join(folder, name), { recursive: true, verbatimSymlinks: true });
    }
    installed.set(install, folder);
    await shell(compose.split("\n")[0]);
    const { services } = parse(await readFile(join(folder, "docker-compose.yml"), "utf8"));
    expect(Object.keys(services)).toHaveLength(5);

    started.push(...urls);
    await shell(nodes);
    expect(await shell("node lock.mjs 2>&1")).toMatch(/^locked, with fencing token \d{16}\n$/);
    const tookMs = performance.now() - beganMs;
    console.log(`${path}: the first lock after ${(tookMs / 1_000).toFixed(1)} s`);

    // Where the nodes do not sync every write, what is waited for is told at once, and for how long.
    await writeFile(join(folder, "lock.mjs"), program.replace(", { durableNodes: true }", ""));
    const told = await shell("node lock.mjs 2>&1");
    expect(told).toMatch(/^\(node:\d+\) \[WAITING_FOR_GUARD\] RedlockWarning: No lock can be taken for [\d.]+ s yet/);
    expect(told).toMatch(/\nlocked, with fencing token \d{16}\n$/);
  },
  120_000,
);

function blocks(markdown, language) {
  return [...markdown.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"))].map(([, block]) => block);
}

async function freeAddresses(count) {
  const servers = await Promise.all(Array.from({ length: count }, listen));
  const urls = servers.map((server) => `redis://127.0.0.1:${server.address().port}`);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return urls;
}

function listen() {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}

async function stop(url) {
  const client = new Redis(url, { retryStrategy: () => null, lazyConnect: true });
  client.on("error", () => {});
  await client
    .connect()
    .then(() => client.shutdown("NOSAVE"))
    .catch(() => {});
  client.disconnect();
}
