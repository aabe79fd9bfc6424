/**
 * A lock can be lost: the network is cut, a majority of nodes dies, the process was suspended, or, as here, it was held
 * for longer than allowed. The signal says so a moment before anybody else can get in.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { LockLostError, Redlock } from "@quorate/redlock";
import { nodes } from "./nodes.ts";

const redlock = Redlock.connect(nodes);
let stepCount = 0;

try {
  // maxHoldMs: a cap on auto-extension, for work that may hang.
  await redlock.using("examples:migration", 600, { maxHoldMs: 300 }, async (signal, lock) => {
    for (;;) {
      await sleep(50, undefined, { signal });
      // Before each step that cannot be undone: compares clocks, needs no reply, throws when the lock is lost.
      lock.assertHeld();
      stepCount++;
    }
  });
} catch (error) {
  // The routine's own error comes out unchanged; a timer that was aborted has the signal's reason as its cause.
  const reason = (error as Error).cause;
  console.log(`stopped after a few steps: ${stepCount > 3}`);
  console.log(reason instanceof LockLostError ? `${reason.code}: ${reason.message}` : String(error));
}
await redlock.close();
