/** Holds three locks, closes, and tells how long the process lives on. Mode "forget": closes nothing but its clients. */
import { Redis } from "ioredis";
import { Redlock } from "@quorate/redlock";

const [resource, mode, ...urls] = process.argv.slice(2);
const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

if (mode === "forget") {
  const clients = urls.map((url) => new Redis(url));
  const redlock = new Redlock(clients, { restartGuardMs: 0 });
  redlock.on("warning", () => {});
  await redlock.acquire(resource, 60_000, { autoExtend: true });
  for (const client of clients) client.disconnect();
} else {
  const redlock = Redlock.connect(urls, { restartGuardMs: 0 });
  const names = [`${resource}:1`, `${resource}:2`, `${resource}:3`];
  const locks = await Promise.all(names.map((name) => redlock.acquire(name, 60_000, { autoExtend: true })));
  tell({ held: locks.filter((lock) => lock.isHeld()).length });
  await redlock.close();
  const closedAtMs = performance.now();
  process.once("exit", () => tell({ exitedAfterMs: performance.now() - closedAtMs }));
}
