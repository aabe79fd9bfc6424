/** A queue gives a job to one worker; nothing keeps two jobs of one customer apart. One that finds its customer busy comes again. */
import { setTimeout as sleep } from "node:timers/promises";
import { DelayedError, Queue, QueueEvents, Worker, type Job } from "bullmq";
import { Redlock } from "@quorate/redlock";
import { nodes } from "./nodes.ts";

// The queue has a Redis of its own in earnest; here it is the first node.
const connection = { url: nodes[0]! };
const redlock = Redlock.connect(nodes);
const busy = new Set<string>();

async function invoice(job: Job<{ customer: string }>, token?: string): Promise<string> {
  const { customer } = job.data;
  const made = await redlock.tryUsing(`examples:customer:${customer}`, 10_000, {}, async (signal, lock) => {
    if (busy.has(customer)) console.log(`two at once for ${customer}`);
    busy.add(customer);
    await sleep(50, undefined, { signal });
    busy.delete(customer);
    return `invoice of ${customer}, fencing token ${lock.fencingToken}`;
  });
  if (made !== null) return made;
  await job.moveToDelayed(Date.now() + 100, token);
  throw new DelayedError();
}

const queue = new Queue<{ customer: string }, string>("examples", { connection });
const events = new QueueEvents("examples", { connection });
const workers = [1, 2].map(() => new Worker("examples", invoice, { connection, concurrency: 5 }));
const jobs = await Promise.all(
  ["ann", "ann", "ann", "bob", "bob"].map((customer) => queue.add("invoice", { customer })),
);
const invoices = await Promise.all(jobs.map((job) => job.waitUntilFinished(events)));
console.log(`${invoices.length} invoices, ${new Set(invoices).size} of them different`);
await Promise.all([...workers, events].map((each) => each.close()));
await queue.obliterate({ force: true });
await Promise.all([queue.close(), redlock.close()]);
