/**
 * Every machine of a fleet has the same crontab, and the clocks differ by a second or two. The job takes a moment: it is over
 * before the last machine asks. `minHoldMs` keeps its name locked until all have asked.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Redlock } from "@quorate/redlock";
import { nodes } from "./nodes.ts";

async function machine(name: string, lateMs: number): Promise<void> {
  const redlock = Redlock.connect(nodes, { name });
  await sleep(lateMs);
  const made = await redlock.tryUsing("examples:report", 10_000, { minHoldMs: 3_000 }, async () => {
    await sleep(50);
    return `${name}: made the report`;
  });
  console.log(made ?? `${name}: somebody else makes it, or has`);
  await redlock.close();
}

await Promise.all([machine("machine 1", 0), machine("machine 2", 400), machine("machine 3", 1_600)]);
