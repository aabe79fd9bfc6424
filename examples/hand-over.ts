/** Work that one process begins and another finishes: the lock goes with it, and nobody gets in between. */
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { isMainThread, Worker, workerData } from "node:worker_threads";
import { type HandedOverLock, Redlock } from "@quorate/redlock";
import { nodes } from "./nodes.ts";

const redlock = Redlock.connect(nodes);

async function begin(): Promise<void> {
  const lock = await redlock.acquire("examples:video:7", 5_000);
  console.log("uploaded by the first process");
  // Plain JSON, for a message queue or a pipe (a thread stands for the other process here). It is the right to the lock.
  const handed = lock.handOver();
  console.log(`first process: ${lock.signal.reason.code}`);
  await once(new Worker(fileURLToPath(import.meta.url), { workerData: handed }), "exit");
}

async function finish(handed: HandedOverLock): Promise<void> {
  // Kept alive from here on, and released at the end of the block.
  await using lock = await redlock.adopt(handed);
  console.log(`indexed by the second process, same fencing token: ${lock.fencingToken === handed.fencingToken}`);
}

await (isMainThread ? begin() : finish(workerData as HandedOverLock));
await redlock.close();
