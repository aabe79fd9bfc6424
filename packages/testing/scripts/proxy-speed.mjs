/**
 * How many requests a second a redis-server answers, directly and through the proxy, asked by redis-benchmark:
 *
 *   node packages/testing/scripts/proxy-speed.mjs
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { startFleet } from "../dist/index.js";

const run = promisify(execFile);
const fleet = await startFleet({ nodes: 1, proxied: true });
const ports = { directly: fleet.node(0).port, "through the proxy": new URL(fleet.urls[0]).port };
for (const [way, port] of Object.entries(ports)) {
  const { stdout } = await run("redis-benchmark", ["-p", `${port}`, "-c", "64", "-n", "100000", "-t", "set", "-q"]);
  console.log(`${way}: ${/[\d.]+ requests per second/.exec(stdout)?.[0]}`);
}
await fleet.stop();
