/**
 * What no lock can do alone: stop a holder that was paused (garbage collection, a suspended laptop, SIGSTOP) past its
 * validity and then writes. The store can, if it refuses fencing tokens older than the newest it has seen.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Redlock } from "@quorate/redlock";
import { nodes } from "./nodes.ts";

/** In SQL: UPDATE stock SET count = $1, token = $2 WHERE id = $3 AND token <= $2. No row changed: refused. */
class Stock {
  count = 10;
  #newestToken = 0;

  write(count: number, fencingToken: number): boolean {
    if (fencingToken < this.#newestToken) return false;
    this.#newestToken = fencingToken;
    this.count = count;
    return true;
  }
}

const redlock = Redlock.connect(nodes);
const stock = new Stock();

async function takeOne(who: string, pauseMs: number): Promise<void> {
  const lock = await redlock.acquire("examples:stock:7", 500);
  const count = stock.count;
  await sleep(pauseMs);
  const taken = stock.write(count - 1, lock.fencingToken!);
  console.log(`${who}: ${taken ? "written" : "refused"}, the lock ${lock.isHeld() ? "is held" : "was lost meanwhile"}`);
  await lock.release();
}

const paused = takeOne("paused holder", 1_500);
await sleep(50);
await takeOne("next holder", 0);
await paused;
console.log(`stock: ${stock.count}`);
await redlock.close();
