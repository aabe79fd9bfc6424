/**
 * Starts two users of a torture, each place twice at once, stops the first one, and tells their pids as a line of JSON. Then
 * waits to be killed; with "finish" it asks them to finish, and ends when they have.
 */
import { execFileSync } from "node:child_process";
import process from "node:process";
import { startFleet } from "../../dist/redis/fleet.js";
import { startWatchdog } from "../../dist/redis/watchdog.js";
import { Prng } from "../../dist/sim/prng.js";
import { Crew } from "../../dist/torture/crew.js";

const fleet = await startFleet({ nodes: 1 });
const watchdog = await startWatchdog();
const order = { resources: ["r0"], ttlMs: [150, 1500], restartGuardMs: 1500, callerCount: 1 };
const crew = new Crew(2, watchdog.folder, order, new Prng(1), () => Promise.resolve(fleet.urls));
await Promise.all([crew.startAll(), crew.startAll()]);
crew.pause(0);
const listed = execFileSync("ps", ["-o", "pid=,args=", "--ppid", String(process.pid)], { encoding: "utf8" });
const pids = listed.split("\n").filter((line) => line.includes("torture/user.js"));
process.stdout.write(`${JSON.stringify({ pids: pids.map((line) => Number.parseInt(line, 10)) })}\n`);
if (process.argv.includes("finish")) {
  await crew.finish();
  await watchdog.finish();
  await fleet.stop();
}
