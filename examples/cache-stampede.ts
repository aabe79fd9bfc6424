/** A cache entry runs out and twenty requests want it: one of them builds it, the others wait for that one. */
import { setTimeout as sleep } from "node:timers/promises";
import { Redlock } from "@quorate/redlock";
import { nodes } from "./nodes.ts";

const redlock = Redlock.connect(nodes);
/** Stands for a shared cache. */
const cache = new Map<string, string>();
let buildCount = 0;

async function buildFrontPage(signal: AbortSignal): Promise<string> {
  buildCount++;
  await sleep(200, undefined, { signal });
  return "<h1>News</h1>";
}

async function frontPage(): Promise<string> {
  const cached = cache.get("front-page");
  if (cached !== undefined) return cached;
  return redlock.using("examples:cache:front-page", 2_000, { waitMs: 5_000 }, async (signal) => {
    // Look again: whoever had the lock before has probably built it.
    const built = cache.get("front-page") ?? (await buildFrontPage(signal));
    cache.set("front-page", built);
    return built;
  });
}

const pages = await Promise.all(Array.from({ length: 20 }, frontPage));
console.log(`${pages.length} requests answered, built ${buildCount} time`);
await redlock.close();
