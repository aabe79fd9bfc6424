/** SIGTERM: stop asking for the lock, let the work under it finish, give it back, go. */
import { setTimeout as sleep } from "node:timers/promises";
import { Redlock } from "@quorate/redlock";
import { nodes } from "./nodes.ts";

const redlock = Redlock.connect(nodes, { waitMs: Infinity });
const shutdown = new AbortController();
process.once("SIGTERM", () => {
  console.log("SIGTERM");
  shutdown.abort();
});

while (!shutdown.signal.aborted) {
  try {
    // The signal ends the waiting; the routine, which does not look at it, is let finish.
    await redlock.using("examples:queue", 2_000, { signal: shutdown.signal }, async (_signal, lock) => {
      console.log("job begun");
      await sleep(500);
      console.log(`job done, still held: ${lock.isHeld()}`);
    });
  } catch (error) {
    if (!shutdown.signal.aborted) throw error;
  }
}

// Gives back whatever is still held. Nothing of the lock keeps the process alive after it.
await redlock.close();
console.log("closed");
