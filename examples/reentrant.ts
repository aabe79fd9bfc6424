/** A routine calls another one that takes the same lock: with `reentrant` it is the same lock, not a deadlock. */
import { Redlock } from "@quorate/redlock";
import { nodes } from "./nodes.ts";

const redlock = Redlock.connect(nodes, { reentrant: true });

async function addItem(cart: string, item: string): Promise<void> {
  await redlock.using(`examples:cart:${cart}`, 5_000, (_signal, lock) => {
    console.log(`${item} added under token ${lock.token === outerToken ? "of the outer lock" : "of its own"}`);
  });
}

let outerToken = "";
await redlock.using("examples:cart:7", 5_000, async (_signal, lock) => {
  outerToken = lock.token;
  // Asks no node: this async context holds the resource already.
  await addItem("7", "tea");
  // The inner end has not released it.
  console.log(`still held: ${lock.isHeld()}`);
});

// Outside, it is a lock like any other.
await addItem("7", "milk");
await redlock.close();
