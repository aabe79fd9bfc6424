/** One leader among many processes; SIGTERM: it finishes what it does, resigns, and the next one leads at once. */
import { setTimeout as sleep } from "node:timers/promises";
import { Redlock } from "@quorate/redlock";
import { nodes } from "./nodes.ts";

const redlock = Redlock.connect(nodes);
const shutdown = new AbortController();
process.once("SIGTERM", () => shutdown.abort());

const options = { label: "http://10.0.0.7:8080", signal: shutdown.signal };
const led = redlock.elect("examples:scheduler", 5_000, options, async (signal, lock) => {
  console.log(`leading: ${lock.isHeld()}`);
  // Whatever is led checks lock.fencingToken, the term: a leader that was paused may act once more.
  while (!signal.aborted) await sleep(50);
  return "resigned";
});

for await (const leader of redlock.follow("examples:scheduler")) {
  if (leader === undefined) continue;
  console.log(`route to ${leader.label}`);
  break;
}
console.log(await led);
await redlock.close();
