/** A cache entry runs out and twenty requests want it: one of them builds it, the others wait for that one. */
import { setTimeout as sleep } from "node:timers/promises";
import { Redlock } from "@quorate/redlock";
import { nodes } from "./nodes.ts";

const redlock = Redlock.connect(nodes);
/** Stands for a shared cache. */
const cache = new Map<string, string>();
let buildCount = 0;

const find = (): string | undefined => cache.get("front-page");

/** Looks before it asks for the lock, when it is called, and under the lock. */
function frontPage(): Promise<string> {
  return redlock.runOnce("examples:cache:front-page", 2_000, { find }, async (signal) => {
    buildCount++;
    await sleep(200, undefined, { signal });
    cache.set("front-page", "<h1>News</h1>");
    return "<h1>News</h1>";
  });
}

const pages = await Promise.all(Array.from({ length: 20 }, frontPage));
console.log(`${pages.length} requests answered, built ${buildCount} time`);
await redlock.close();
