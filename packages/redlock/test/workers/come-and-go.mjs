/**
 * A thousand waiters that come and go: some win, some run out of time, some are aborted; mode: a name that somebody else
 * holds. Tells what is alive in the process when they are gone, and whenever it is asked.
 */
import { createHook } from "node:async_hooks";
import { getEventListeners } from "node:events";
import { createInterface } from "node:readline";
import { Redlock } from "@quorate/redlock";

const [resource, heldName, ...urls] = process.argv.slice(2);
const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

// Timers that keep no process alive count too.
const living = new Map();
createHook({
  init: (id, type) => void (["Timeout", "TCPWRAP"].includes(type) && living.set(id, type)),
  destroy: (id) => void living.delete(id),
}).enable();

const redlock = Redlock.connect(urls, { restartGuardMs: 0, retryDelayMs: 20, retryMaxDelayMs: 200 });
const shared = new AbortController();

function alive() {
  const types = [...living.values()];
  const { metrics } = redlock.metrics();
  const gauge = (name) => metrics.find((metric) => metric.name === name).samples[0].value;
  return {
    sockets: types.filter((type) => type === "TCPWRAP").length,
    timers: types.filter((type) => type === "Timeout").length,
    listeners: getEventListeners(shared.signal, "abort").length,
    held: gauge("redlock_held_locks"),
    waiting: gauge("redlock_waiting_acquires"),
  };
}

async function comeAndGo(index) {
  const controller = new AbortController();
  const fates = [
    () => redlock.acquire(`${resource}:${index % 50}`, 5_000, { signal: shared.signal }),
    () => redlock.acquire(heldName, 5_000, { waitMs: index % 300, signal: shared.signal }),
    () => redlock.acquire(heldName, 5_000, { signal: controller.signal }),
    () => redlock.tryAcquire(heldName, 5_000, { signal: shared.signal }),
  ];
  setTimeout(() => controller.abort(), index % 250);
  const lock = await fates[index % fates.length]().catch(() => null);
  await lock?.release();
}

await (await redlock.acquire(`${resource}:warm`, 5_000)).release();
await redlock.inspect(`${resource}:warm`);
tell({ warm: {} });
createInterface(process.stdin).on("line", (line) => tell({ [line]: alive() }));
await Promise.all(Array.from({ length: 1_000 }, (_, index) => comeAndGo(index)));
tell({ gone: alive() });
