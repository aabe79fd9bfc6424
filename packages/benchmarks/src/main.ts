/** `npm run bench`: runs a plan, writes what it found, and says which targets were met. */
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { join } from "node:path";
import { fullPlan } from "./plan/full.ts";
import { quickPlan } from "./plan/quick.ts";
import { planOf } from "./plan/plan.ts";
import { runPlan } from "./plan/run-plan.ts";
import { drawSvg } from "./plots/draw.ts";
import { choosePlots } from "./plots/plots.ts";
import { coordinationTables, withFigures } from "./report/coordination-table.ts";
import { show } from "./report/markdown.ts";
import { reasonsFile, writePage } from "./report/page.ts";
import { describeSetting } from "./report/setting.ts";
import { judgeTargets } from "./report/targets.ts";
import { findWrongs } from "./report/wrongs.ts";
import { readSettings, usage, type Settings } from "./settings.ts";

/** From the workspace's root, where `npm run bench` runs. */
const coordinationPage = "docs/redis-etcd-zookeeper.md";

async function main({ isQuick, only, folder, writesPage }: Settings): Promise<void> {
  const [loadBefore = 0] = loadavg();
  const startedAtMs = performance.now();
  const elapsedSeconds = (): number => (performance.now() - startedAtMs) / 1_000;
  const plan = planOf(isQuick ? quickPlan : fullPlan, only);
  const findings = await runPlan(plan, (what) => console.log(`${elapsedSeconds().toFixed(0).padStart(4)} s  ${what}`));
  const setting = describeSetting(plan.mode, elapsedSeconds(), loadBefore);
  const targets = judgeTargets(findings);
  const wrongs = findWrongs(findings);
  const plots = choosePlots(findings);
  await mkdir(folder, { recursive: true });
  for (const plot of plots) await writeFile(join(folder, plot.fileName), await drawSvg(plot));
  await writeFile(
    join(folder, "results.json"),
    `${JSON.stringify({ setting, targets, wrongs, ...findings }, undefined, 1)}\n`,
  );
  await writeFile(
    join(folder, "README.md"),
    writePage(setting, targets, findings, plots, existsSync(join(folder, reasonsFile))),
  );
  const { coordination } = findings;
  if (coordination.length > 0) console.log(`\n${coordinationTables(coordination).join("\n\n")}\n`);
  if (coordination.length > 0 && writesPage) {
    await writeFile(coordinationPage, withFigures(await readFile(coordinationPage, "utf8"), setting, coordination));
  }
  for (const { what, bound, measured, isMet } of targets) {
    console.log(`${isMet ? "met   " : "MISSED"}  ${what}: ${show(measured)} (${bound})`);
  }
  for (const wrong of wrongs) console.log(`WRONG   ${wrong}`);
  if (wrongs.length > 0) process.exitCode = 1;
  console.log(`${elapsedSeconds().toFixed(0)} s in all; results in ${folder}`);
}

try {
  await main(readSettings(process.argv.slice(2)));
} catch (error) {
  console.error(error instanceof TypeError ? `${error.message}\n${usage}` : error);
  process.exitCode = 1;
}
