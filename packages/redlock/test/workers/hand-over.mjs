/** Takes a lock with auto-extension, hands it over as JSON, and tells how its own handle ends. */
import { Redlock } from "@quorate/redlock";

const [resource, , ...urls] = process.argv.slice(2);
const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const redlock = Redlock.connect(urls, { restartGuardMs: 0 });
const lock = await redlock.acquire(resource, 1_000, { autoExtend: true });
lock.signal.addEventListener("abort", () => tell({ aborted: { code: lock.signal.reason.code } }));
tell({ json: lock.handOver() });
