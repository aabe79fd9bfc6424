/** Do it if nobody else is doing it: one round, no waiting. */
import { Redlock } from "@quorate/redlock";
import { nodes } from "./nodes.ts";

const redlock = Redlock.connect(nodes);

async function refreshIndex(who: string): Promise<void> {
  // null: somebody else holds it. Too few nodes within reach is another matter, and throws.
  await using lock = await redlock.tryAcquire("examples:index", 5_000);
  if (lock === null) {
    console.log(`${who}: somebody else is at it`);
    return;
  }
  console.log(`${who}: refreshing`);
  if (who === "first") await refreshIndex("second");
}

await refreshIndex("first");
await refreshIndex("third");
await redlock.close();
