/**
 * What events, metrics and diagnostics channels cost while nobody listens: throughput at 64 callers, of this build and
 * of a copy from which every call of them has been cut, taking turns in one run on the same servers.
 *
 *   node packages/redlock/scripts/observe-cost.mjs [seconds per turn] [turns]
 */
import { fork } from "node:child_process";
import { cp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { startFleet } from "../../testing/dist/index.js";

const callers = 64;
const warmUpSeconds = 1;
const [secondsPerTurn = 2, turns = 10] = process.argv.slice(2).map(Number);
const dist = new URL("../dist/", import.meta.url);
/** Both sides are copies: a build during the run changes neither. */
const built = new URL("../.cache/observe-cost/built/", import.meta.url);
const bare = new URL("../.cache/observe-cost/bare/", import.meta.url);

/** `false &&` before a call also saves the closure that it is given. */
function cut(text) {
  return text
    .replaceAll(/^(\s*)((?:[\w.#]+\.)?reporter\.(?:report|lost|meter\.\w+)\()/gm, "$1false && $2")
    .replaceAll(/!\w+Channel\.hasSubscribers/g, "true");
}

async function copyBoth() {
  for (const copy of [built, bare]) {
    await rm(copy, { recursive: true, force: true });
    await cp(dist, copy, { recursive: true });
  }
  let count = 0;
  for (const path of ["redlock.js", ...(await readdir(new URL("lock/", bare))).map((name) => `lock/${name}`)]) {
    if (!path.endsWith(".js")) continue;
    const file = new URL(path, bare);
    const text = await readFile(file, "utf8");
    const shorter = cut(text);
    if (shorter !== text) count++;
    await writeFile(file, shorter);
  }
  if (count < 6) throw new Error(`only ${count} files were cut: the pattern no longer fits the sources`);
}

/** One turn, in a process of its own: two copies of a module in one process are not compiled alike. */
async function turn(urls, folder) {
  const { Redlock } = await import(new URL("index.js", folder));
  // A machine that does other work too is slow now and then; that is no cost of what is measured.
  const redlock = Redlock.connect(urls, { restartGuardMs: 0, nodeTimeoutMs: 9_000 });
  await cycle(redlock, warmUpSeconds);
  const startCpu = process.cpuUsage();
  const cycles = await cycle(redlock, secondsPerTurn);
  const { user, system } = process.cpuUsage(startCpu);
  await redlock.close();
  return { perSecond: cycles / secondsPerTurn, cpuUs: (user + system) / cycles };
}

async function cycle(redlock, seconds) {
  const endMs = performance.now() + seconds * 1000;
  let cycles = 0;
  await Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      while (performance.now() < endMs) {
        const lock = await redlock.acquire(`cost:${caller}`, 60_000);
        await lock.release();
        cycles++;
      }
    }),
  );
  return cycles;
}

function turnElsewhere(urls, folder) {
  const child = fork(fileURLToPath(import.meta.url), [secondsPerTurn, turns].map(String), {
    env: { ...process.env, OBSERVE_COST_TURN: JSON.stringify({ urls, folder }) },
  });
  return new Promise((resolve, reject) => {
    child.once("message", resolve);
    child.once("exit", (code) => reject(new Error(`a turn ended with ${code}`)));
  });
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

async function compare() {
  await copyBoth();
  const fleet = await startFleet({ nodes: 5 });
  const sides = [
    { name: "as built", folder: built.href, made: [] },
    { name: "without", folder: bare.href, made: [] },
  ];
  // ABBA: what drifts in the course of the run hits both alike.
  for (let count = 0; count < turns; count++) {
    for (const side of count % 2 === 0 ? sides : sides.toReversed()) {
      side.made.push(await turnElsewhere(fleet.urls, side.folder));
    }
  }
  await fleet.stop();
  await Promise.all([built, bare].map((copy) => rm(copy, { recursive: true })));
  report(sides);
}

function report(sides) {
  for (const { name, made } of sides) {
    const perSecond = Math.round(median(made.map((each) => each.perSecond)));
    const cpuUs = median(made.map((each) => each.cpuUs)).toFixed(2);
    console.log(`${name.padEnd(10)} ${perSecond} cycles/s, ${cpuUs} µs CPU a cycle`);
  }
  const [built, without] = sides;
  const ratio = (value) => median(built.made.map((each, index) => value(each) / value(without.made[index]))).toFixed(4);
  console.log(
    `throughput ratio ${ratio((each) => each.perSecond)}, CPU ratio ${ratio((each) => each.cpuUs)} (median of pairs)`,
  );
}

const asked = process.env.OBSERVE_COST_TURN;
if (asked === undefined) {
  await compare();
} else {
  const { urls, folder } = JSON.parse(asked);
  process.send(await turn(urls, folder));
  process.disconnect();
}
