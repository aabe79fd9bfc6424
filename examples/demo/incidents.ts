/** What goes wrong on the stage, one function per incident, in the order they are played. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Fleet } from "@quorate/testing";
import type { Worker } from "./crew.ts";
import type { Scene } from "./scene.ts";
import type { Settings } from "./settings.ts";

export interface Stage {
  readonly settings: Settings;
  readonly fleet: Fleet;
  readonly workers: readonly Worker[];
  readonly scene: Scene;
}

/** What the incidents take by themselves, in TTLs and in the whole seconds that servers count their age in. */
function incidentsMs({ ttlMs }: Settings): number {
  return 8.5 * ttlMs + 4_000;
}

export async function playIncidents(stage: Stage): Promise<void> {
  const { settings } = stage;
  const calmMs = Math.max(200, (settings.seconds * 1_000 - incidentsMs(settings)) / 5);
  await begin(stage);
  for (const incident of [killTwo, restartEmpty, holdForLong, pauseHolder, forgetMajority]) {
    await sleep(calmMs);
    await incident(stage);
  }
  await sleep(calmMs);
}

async function begin({ settings, scene }: Stage): Promise<void> {
  if (settings.guard) {
    scene.say("the servers are new and may have forgotten locks: nobody gets in before they are one TTL old");
  }
  await nextSection(scene);
  scene.say("the first worker is inside");
}

async function killTwo({ fleet, scene }: Stage): Promise<void> {
  await Promise.all([fleet.node(3).kill(), fleet.node(4).kill()]);
  scene.say("kill -9 of node 4 and node 5: three of five are left, which is a quorum");
  await nextSection(scene);
}

async function restartEmpty({ fleet, scene, settings }: Stage): Promise<void> {
  await fleet.node(3).restart({ keepData: false });
  scene.say(
    settings.guard
      ? "node 4 comes back without memory: it votes, but is not counted for one TTL"
      : "node 4 comes back without memory, and without the guard its votes count at once",
  );
}

async function holdForLong({ fleet, scene, workers, settings }: Stage): Promise<void> {
  const [worker] = workers;
  const section = worker!.order("long");
  await section.entered;
  scene.say(`${worker!.name} stays inside for 2.5 TTLs (${2.5 * settings.ttlMs} ms), kept alive by auto-extension`);
  await fleet.node(4).restart({ keepData: false });
  scene.say("node 5 comes back too; the holder's next extension heals it");
  await section.left;
}

/** The classic: the process stands still past its validity, somebody else gets in, it wakes and writes. */
async function pauseHolder({ scene, workers }: Stage): Promise<void> {
  const worker = workers[1]!;
  const section = worker.order("deaf");
  const token = await section.entered;
  worker.pause();
  scene.say(`SIGSTOP of ${worker.name} while it holds the lock (fencing token ${token})`);
  await until(() => scene.fencingToken > token);
  await nextSection(scene);
  scene.say("its validity is over, and others are inside: SIGCONT, and it writes without looking");
  const { refusedCount } = scene.store;
  worker.resume();
  await section.left;
  scene.say(
    scene.store.refusedCount > refusedCount
      ? "the store refused the late write: it has seen a newer fencing token"
      : "the store TOOK the late write: somebody's update is lost",
  );
}

/** Three of five forget a lock that is still held: only the guard keeps them from granting it to somebody else. */
async function forgetMajority(stage: Stage): Promise<void> {
  const { scene, settings } = stage;
  // Without the guard it is a race, which on a busy machine the others may lose: they are given some more chances.
  for (let chances = settings.guard ? 1 : 3; chances > 0; chances--) if (await othersGetIn(stage)) break;
  if (settings.guard) scene.say("nobody is let in until a majority is old enough to be trusted again");
  await nextSection(scene);
}

async function othersGetIn({ fleet, scene, workers }: Stage): Promise<boolean> {
  const worker = workers[2]!;
  const section = worker.order("unextended");
  const token = await section.entered;
  const leaving = worker.leaves();
  scene.say(`kill -9 of nodes 3, 4 and 5 while ${worker.name} is inside; all come back at once, without memory`);
  await Promise.all([2, 3, 4].map((index) => fleet.node(index).restart({ keepData: false })));
  await leaving;
  // Read before the release: behind it another worker gets the lock, and rightly.
  const isAlone = scene.fencingToken === token;
  await section.left;
  scene.say(
    isAlone ? `nobody else got in before ${worker.name} had left` : `OTHERS GOT IN while ${worker.name} was inside`,
  );
  return !isAlone;
}

/** Resolves when one more section is over. */
function nextSection(scene: Scene): Promise<void> {
  const { sectionCount } = scene;
  return until(() => scene.sectionCount > sectionCount);
}

async function until(happened: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + 20_000;
  while (!happened()) {
    if (performance.now() > deadlineMs) throw new Error("Nobody got the lock for 20 s: the demo cannot go on.");
    await sleep(5);
  }
}
