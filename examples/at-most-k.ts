/** Twelve jobs in two processes, and a partner that allows three calls at a time: each call has a number of its own. */
import { setTimeout as sleep } from "node:timers/promises";
import { Redlock } from "@quorate/redlock";
import { nodes } from "./nodes.ts";

const calling = new Set<number>();
let most = 0;

async function call(redlock: Redlock): Promise<void> {
  await redlock.using("examples:partner", 5_000, { permits: 3, waitMs: 30_000 }, async (signal, lock) => {
    // 0, 1 or 2, and nobody else's now: it can stand for a connection, a license, a folder.
    const [number] = lock.permits;
    if (calling.has(number!)) console.log(`permit ${number} was given twice`);
    calling.add(number!);
    most = Math.max(most, calling.size);
    await sleep(50, undefined, { signal });
    calling.delete(number!);
  });
}

const processes = [Redlock.connect(nodes), Redlock.connect(nodes)];
await Promise.all(Array.from({ length: 12 }, (_, job) => call(processes[job % 2]!)));
console.log(`12 calls, never more than ${most} at a time`);
await Promise.all(processes.map((redlock) => redlock.close()));
