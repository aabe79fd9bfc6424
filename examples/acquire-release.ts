/** Take a lock, work, give it back. */
import { Redlock } from "@quorate/redlock";
import { nodes } from "./nodes.ts";

const redlock = Redlock.connect(nodes);

// It is yours for at most five seconds, even if this process dies now.
const lock = await redlock.acquire("examples:orders:42", 5_000);
try {
  console.log(
    `held: ${lock.isHeld()}, ${lock.remainingMs() > 4_000 ? "more than four" : "less than four"} seconds left`,
  );
} finally {
  await lock.release();
}
console.log(`held after the release: ${lock.isHeld()}`);

// The same with `await using`: released at the end of the scope, whatever leaves it.
async function shipOrder(): Promise<void> {
  await using lock = await redlock.acquire("examples:orders:42", 5_000);
  console.log(`shipping under ${lock.resources.join()}`);
}
await shipOrder();

await redlock.close();
