/** Work that takes longer than the TTL: `using` keeps the lock alive, and its signal says when it could not. */
import { setTimeout as sleep } from "node:timers/promises";
import { Redlock } from "@quorate/redlock";
import { nodes } from "./nodes.ts";

const redlock = Redlock.connect(nodes);
let extendCount = 0;
redlock.on("extended", () => extendCount++);

const rowCount = await redlock.using("examples:import", 600, async (signal) => {
  let rowCount = 0;
  for (let page = 1; page <= 6; page++) {
    // Hand the signal to whatever takes one (fetch, a query, a timer): lost means stop, at once.
    await sleep(200, undefined, { signal });
    rowCount += 100;
  }
  return rowCount;
});

console.log(`imported ${rowCount} rows in 1.2 s under a TTL of 0.6 s`);
console.log(`extended more than once: ${extendCount > 1}`);
await redlock.close();
