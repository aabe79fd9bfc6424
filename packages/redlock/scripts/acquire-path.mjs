#!/usr/bin/env node
/**
 * The files that an uncontended acquire enters, by V8's own count of what ran: `npm run acquire-path`. Needs a build and
 * redis-server. Three nodes, everything connected and warm; what is counted is one `acquire`, from the call to the lock.
 */
import { Session } from "node:inspector/promises";
import { startFleet } from "../../testing/dist/index.js";
import { Redlock } from "../dist/index.js";

const home = new URL("../dist/", import.meta.url).href;

const fleet = await startFleet({ nodes: 3 });
try {
  const redlock = Redlock.connect(fleet.urls, { restartGuardMs: 0 });
  for (let time = 0; time < 3; time++) await (await redlock.acquire("warm", 10_000)).release();
  // What the last release still has to hear.
  await new Promise((resolve) => setTimeout(resolve, 200));
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
  await session.post("Profiler.takePreciseCoverage");
  const lock = await redlock.acquire("one", 10_000);
  const { result } = await session.post("Profiler.takePreciseCoverage");
  session.disconnect();
  await lock.release();
  await redlock.close();
  const entered = result
    .filter(({ url }) => url.startsWith(home))
    .map(({ url, functions }) => [url.slice(home.length), functions.filter(({ ranges }) => ranges[0].count > 0).length])
    .filter(([, count]) => count > 0)
    .sort(([a], [b]) => a.localeCompare(b));
  for (const [file, count] of entered) console.log(`${String(count).padStart(4)}  ${file}`);
  const total = entered.reduce((sum, [, count]) => sum + count, 0);
  console.log(`${entered.length} files, ${total} functions`);
} finally {
  await fleet[Symbol.asyncDispose]();
}
