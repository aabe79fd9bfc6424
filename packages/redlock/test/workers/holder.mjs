/**
 * Holds a lock and says so; on "write" it writes to a store elsewhere by telling its fencing token, whatever it
 * believes; on "look" it tells what it believes. Mode: the TTL, and "+" for auto-extension.
 */
import { createInterface } from "node:readline";
import { Redlock } from "@quorate/redlock";

const [resource, mode, ...urls] = process.argv.slice(2);
const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const redlock = Redlock.connect(urls, { restartGuardMs: 0 });
const lock = await redlock.acquire(resource, Number.parseInt(mode, 10), { autoExtend: mode.endsWith("+") });
let abortCount = 0;
lock.signal.addEventListener("abort", () => abortCount++);
tell({ held: { fencingToken: lock.fencingToken, token: lock.token } });

createInterface(process.stdin).on("line", (line) => {
  if (line === "write") tell({ written: { fencingToken: lock.fencingToken } });
  // isHeld() first: what it says must not depend on a timer having had its turn.
  if (line === "look") tell({ seen: { isHeld: lock.isHeld(), isAborted: lock.signal.aborted, abortCount } });
});
