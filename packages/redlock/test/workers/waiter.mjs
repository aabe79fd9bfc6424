/**
 * Waits for a lock as long as it takes, with a long back-off (mode: its length in milliseconds, then "unfair" for no line,
 * or "<TTL> ms"); tells each refused round, and when it holds. On "release" it releases.
 */
import { createInterface } from "node:readline";
import { Redlock } from "@quorate/redlock";

const [resource, mode, ...urls] = process.argv.slice(2);
const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const retryDelayMs = Number.parseInt(mode, 10);
const fair = !mode.endsWith("unfair");
const redlock = Redlock.connect(urls, { restartGuardMs: 0, waitMs: 600_000, retryDelayMs, fair });
redlock.on("roundFailed", ({ roundCount }) => tell({ [`refused ${roundCount}`]: {} }));
const startedAtMs = performance.now();
const ttlMs = Number(/ (\d+) ms$/.exec(mode)?.[1] ?? 60_000);
const lock = await redlock.acquire(resource, ttlMs);
tell({ held: { fencingToken: lock.fencingToken, token: lock.token, waitedMs: performance.now() - startedAtMs } });
createInterface(process.stdin).on("line", (line) => {
  if (line === "release") void end();
});

async function end() {
  await lock.release();
  await redlock.close();
  process.exit();
}
