/** Wait for a lock, but not for ever: until a time limit, or until the caller has had enough. */
import { Redlock, ResourceLockedError } from "@quorate/redlock";
import { nodes } from "./nodes.ts";

const redlock = Redlock.connect(nodes);
const busy = await redlock.acquire("examples:printer", 5_000);

try {
  await redlock.acquire("examples:printer", 5_000, { waitMs: 300 });
} catch (error) {
  if (!(error instanceof ResourceLockedError)) throw error;
  console.log(`${error.code}: ${error.lockedResource}, free within its TTL: ${error.remainingMs <= 5_000}`);
}

// A caller that goes away (a closed request, a cancelled job) stops the waiting; nothing is left behind in Redis.
const request = new AbortController();
setTimeout(() => request.abort(new Error("the user closed the tab")), 100);
try {
  await redlock.acquire("examples:printer", 5_000, { waitMs: Infinity, signal: request.signal });
} catch (error) {
  console.log(`gave up: ${(error as Error).message}`);
}

// A release lets the next waiter in.
setTimeout(() => void busy.release(), 100);
await using lock = await redlock.acquire("examples:printer", 5_000, { waitMs: 2_000 });
console.log(`printing: ${lock.isHeld()}`);
await lock.release();
await redlock.close();
