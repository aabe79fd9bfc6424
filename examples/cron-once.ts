/**
 * Every machine of a fleet has the same crontab, and the nightly report must be made once. The lock keeps two from
 * making it at the same time; only a record of what is done keeps a late one from making it again.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Redlock } from "@quorate/redlock";
import { nodes } from "./nodes.ts";

/** Stands for a table in the database. */
const reportsMade = new Set<string>();

async function machine(name: string, lateMs: number): Promise<void> {
  const redlock = Redlock.connect(nodes, { name });
  await sleep(lateMs);
  const night = "2026-03-01";
  const lock = await redlock.tryAcquire(`examples:report:${night}`, 10_000, { autoExtend: true });
  if (lock === null) {
    console.log(`${name}: somebody else makes it`);
  } else if (reportsMade.has(night)) {
    console.log(`${name}: made already`);
  } else {
    await sleep(800, undefined, { signal: lock.signal });
    reportsMade.add(night);
    console.log(`${name}: made the report`);
  }
  await lock?.release();
  await redlock.close();
}

await Promise.all([machine("machine 1", 0), machine("machine 2", 300), machine("machine 3", 1_600)]);
