/**
 * Takes the lock a number of times (mode), and inside counts itself in and out on the first node, by a key that has
 * nothing to do with the lock; tells how many were inside at most, and its own share of the time.
 */
import { Redis } from "ioredis";
import { Redlock } from "@quorate/redlock";

const [resource, mode, ...urls] = process.argv.slice(2);
const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const redlock = Redlock.connect(urls, { restartGuardMs: 0, waitMs: 600_000 });
const counter = new Redis(urls[0]);
await redlock.inspect(resource);
await counter.ping();
tell({ ready: {} });
await new Promise((resolve) => process.stdin.once("data", resolve));

let mostInside = 0;
let lastToken = 0;
let outOfOrderCount = 0;
for (let turn = 0; turn < Number(mode); turn++) {
  await redlock.using(resource, 10_000, async (_signal, lock) => {
    mostInside = Math.max(mostInside, await counter.incr(`${resource}:inside`));
    const seen = Number(await counter.getset(`${resource}:token`, lock.fencingToken));
    if (seen >= lock.fencingToken || lastToken >= lock.fencingToken) outOfOrderCount++;
    lastToken = lock.fencingToken;
    await new Promise((resolve) => setTimeout(resolve, 1));
    await counter.decr(`${resource}:inside`);
  });
}
tell({ done: { mostInside, outOfOrderCount, turnCount: Number(mode) } });
counter.disconnect();
await redlock.close();
process.exit();
