/**
 * What every cell of the formats' matrix runs: a lock on real servers, through a SCRIPT FLUSH, a server that is restarted
 * under it (the harness starts again what is shut down), errors that are known, and an end that leaves nothing open.
 * `dialect` is how the environment asks for modules.
 */
const body = `
async function play(urls) {
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const raw = urls.map((url) => new Redis(url));
  for (const client of raw) client.on("error", () => {});
  // A busy machine answers later than the node timeouts that the TTLs here would give.
  const redlock = Redlock.connect(urls, { restartGuardMs: 0, waitMs: 20000, nodeTimeoutMs: 10000 });
  const resource = "matrix:" + Math.random();
  const held = await redlock.acquire(resource, 1500, { autoExtend: true });
  await Promise.all(raw.map((client) => client.call("SCRIPT", "FLUSH")));
  const refused = await redlock.acquire(resource, 1500, { waitMs: 0 }).catch((error) => error);
  if (!(refused instanceof ResourceLockedError) || refused.name !== "ResourceLockedError") throw refused;
  await sleep(1700);
  held.assertHeld();
  await held.release();
  const last = raw[raw.length - 1];
  const before = /run_id:(\\w+)/.exec(String(await last.call("INFO", "server")))[1];
  // A client of its own, or the command would be sent again to the server that comes back.
  const once = new Redis(urls[urls.length - 1], { retryStrategy: () => null, autoResendUnfulfilledCommands: false });
  once.on("error", () => {});
  once.call("SHUTDOWN", "NOSAVE").catch(() => {});
  await redlock.using(resource, 3000, async (signal, lock) => {
    for (let tries = 0; tries < 200; tries++) {
      await sleep(50);
      const now = await last.call("INFO", "server").catch(() => "run_id:" + before);
      if (!String(now).includes(before)) break;
      if (tries === 199) throw new Error("the server did not come back");
    }
    lock.assertHeld();
  });
  const again = await redlock.acquire(resource, 3000);
  if (again.fencingToken <= held.fencingToken) throw new Error("the token went back");
  await again.release();
  await redlock.close();
  for (const client of [once, ...raw]) client.disconnect();
  return "held, refused, restarted, released";
}
`;

const imports = `import { Redlock, ResourceLockedError } from "@quorate/redlock";\nimport { Redis } from "ioredis";\n`;
const requires = `const { Redlock, ResourceLockedError } = require("@quorate/redlock");\nconst { Redis } = require("ioredis");\n`;
const urls = "process.env.MATRIX_URLS.split(',')";
const print = `play(${urls}).then(console.log, (error) => { console.error(error); process.exitCode = 1; });\n`;
const inTest = `test("a lock on real servers", async () => { expect(await play(${urls})).toContain("restarted"); }, 60000);\n`;
const nodeTest = `test("a lock on real servers", async () => { await play(${urls}); });\n`;

const typed = body
  .replace("play(urls)", "play(urls: string[])")
  .replaceAll("(ms)", "(ms: number)")
  .replaceAll("((error) => error)", "((error: unknown) => error as Error)")
  .replaceAll("(signal, lock)", "(_signal, lock)");

/** Under fake timers and a Date of 2099 from the first line on. */
const fakeTest = `import { Redlock } from "@quorate/redlock";
import { setTimeout as sleep } from "node:timers/promises";
test("a lock under fake timers", async () => {
  expect(new Date().getFullYear()).toBe(2099);
  const [one, two] = [1, 2].map(() => Redlock.connect(${urls}, { restartGuardMs: 0 }));
  const lock = await one.acquire("fake", 1000, { autoExtend: true });
  const waiting = two.acquire("fake", 5000);
  await sleep(1500);
  lock.assertHeld();
  expect(new Date(lock.fencingToken / 1000).getFullYear()).toBeLessThan(2099);
  await lock.release();
  await (await waiting).release();
  await Promise.all([one.close(), two.close()]);
}, 60000);
`;

/** The program as a file of its own, and as a test. */
export const programs = {
  esm: imports + body + print,
  cjs: requires + body + print,
  typedTest: imports + typed + inTest.replace("MATRIX_URLS", "MATRIX_URLS!"),
  fakeTest,
  esmTest: imports + body + inTest,
  cjsTest: requires + body + inTest,
  vitest: `import { expect, test } from "vitest";\n` + imports + body + inTest,
  nodeTest: `import { test } from "node:test";\n` + imports + body + nodeTest,
  cjsNodeTest: `const { test } = require("node:test");\n` + requires + body + nodeTest,
};
