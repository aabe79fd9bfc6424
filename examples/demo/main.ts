/**
 * Five real redis-server processes, some worker processes, one lock, and everything that goes wrong in a bad year in
 * half a minute. Exits with 1 when two workers were inside at once.
 */
import { LockHistory, startFleet } from "@quorate/testing";
import { Worker } from "./crew.ts";
import { playIncidents } from "./incidents.ts";
import { Scene } from "./scene.ts";
import { readSettings, usage, type Settings } from "./settings.ts";
import { Store } from "./store.ts";
import { judge, type Verdict } from "./verdict.ts";
import { makeView, type View } from "./view.ts";

async function play(settings: Settings, view: View): Promise<Verdict> {
  await using fleet = await startFleet({ nodes: 5 });
  const store = new Store(settings.fencingCheck);
  const scene = new Scene(fleet, store, (line) => view.line(line));
  const workers: Worker[] = [];
  let reportDeath = (_error: Error): void => {};
  const death = new Promise<never>((_resolve, reject) => (reportDeath = reject));
  process.once("exit", () => workers.forEach((worker) => worker.kill()));
  try {
    for (let number = 1; number <= settings.workerCount; number++) {
      const name = `worker ${number}`;
      const { ttlMs, guard } = settings;
      const worker = new Worker({ name, urls: fleet.urls, ttlMs, guard }, store);
      worker.on("message", (message) => scene.note(name, message));
      worker.on("death", () => reportDeath(new Error(`${name} died: see its output above.`)));
      workers.push(worker);
    }
    view.begin(scene);
    await Promise.race([playIncidents({ settings, fleet, workers, scene }), death]);
    await Promise.all(workers.map((worker) => worker.finish()));
    return await judge(scene, LockHistory.merge(workers.map(({ history }) => history)));
  } finally {
    view.end();
    for (const worker of workers) worker.kill();
  }
}

async function main(): Promise<number> {
  const settings = readSettings(process.argv.slice(2));
  if (settings === undefined) {
    console.log(usage);
    return 0;
  }
  const view = makeView(process.stdout);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      view.end();
      process.exit(130);
    });
  }
  const verdict = await play(settings, view);
  view.conclude(verdict);
  return verdict.passed ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
