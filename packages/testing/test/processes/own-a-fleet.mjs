/** Starts a fleet, pauses one of its servers, tells everything about it as a line of JSON, and waits to be killed. */
import { dirname } from "node:path";
import { startFleet } from "../../dist/redis/fleet.js";

const fleet = await startFleet({ nodes: 3 });
await fleet.node(1).pause();
const dataFolder = String((await fleet.node(0).command("CONFIG", "GET", "dir"))[1]);
process.stdout.write(
  `${JSON.stringify({ pids: fleet.servers.map((server) => server.pid), folder: dirname(dirname(dataFolder)) })}\n`,
);
