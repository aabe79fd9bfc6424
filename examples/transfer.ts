/** Two resources under one lock, all or nothing: transfers in both directions at once, and no deadlock. */
import { setTimeout as sleep } from "node:timers/promises";
import { Redlock } from "@quorate/redlock";
import { nodes } from "./nodes.ts";

const redlock = Redlock.connect(nodes);
const balances = new Map([
  ["alice", 100],
  ["bob", 100],
]);

async function transfer(from: string, to: string, amount: number): Promise<void> {
  // In any order: a round that does not get all of them gives back the others before it tries again.
  const accounts = [`examples:account:${from}`, `examples:account:${to}`];
  await redlock.using(accounts, 5_000, async (signal) => {
    const [fromBalance, toBalance] = [balances.get(from)!, balances.get(to)!];
    await sleep(10, undefined, { signal });
    balances.set(from, fromBalance - amount);
    balances.set(to, toBalance + amount);
  });
}

await Promise.all([
  transfer("alice", "bob", 30),
  transfer("bob", "alice", 10),
  transfer("alice", "bob", 5),
  transfer("bob", "alice", 50),
]);

console.log(`alice ${balances.get("alice")}, bob ${balances.get("bob")}`);
await redlock.close();
