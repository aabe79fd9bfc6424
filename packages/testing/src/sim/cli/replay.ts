/** One seed: run it, say what happened, and where something is wrong make it small and show it. */
import { writeFileSync } from "node:fs";

import { renderHtml } from "../../report/html.ts";
import { storyOfRun } from "../../report/story-of-run.ts";
import { renderTimeline } from "../../report/timeline.ts";
import { drawPlan } from "../draw.ts";
import { shrink } from "../shrink.ts";
import { type Outcome, runPlan } from "../world.ts";

export interface ReplayOptions {
  readonly profile: string | undefined;
  readonly shrink: boolean;
  readonly html: string | undefined;
}

/** Whether the run was clean. */
export async function replay(seed: number, options: ReplayOptions): Promise<boolean> {
  const plan = drawPlan(seed, { profile: options.profile });
  const outcome = await runPlan(plan);
  console.log(describe(outcome));
  const first = outcome.violations[0];
  const shown = first === undefined || !options.shrink ? outcome : await shrink(plan, first.oracle);
  if (first !== undefined) {
    if (shown !== outcome) console.log(`\nShrunk to:\n${describe(shown)}`);
    console.log(`\n${renderTimeline(storyOfRun(shown))}`);
  }
  if (options.html !== undefined) {
    writeFileSync(options.html, renderHtml(storyOfRun(await runPlan(shown.plan, { traceAnswers: true }))));
    console.log(`\nTimeline: ${options.html}`);
  }
  return first === undefined;
}

function describe(outcome: Outcome): string {
  const { plan, violations } = outcome;
  const callers = plan.processes.length * plan.callersPerProcess;
  const lines = [
    `seed ${plan.seed}, profile "${plan.profile}": ${plan.nodes.length} nodes, ${callers} callers in ` +
      `${plan.processes.length} processes, ${plan.faults.length} faults, ${(outcome.simulatedMs / 1000).toFixed(1)} s simulated`,
    `${outcome.acquiredCount} locks acquired, ${outcome.refusedCount} refused, ${outcome.eventCount} events`,
    ...violations.map(({ oracle, atMs, detail }) => `VIOLATION of "${oracle}" at ${atMs.toFixed(3)} ms: ${detail}`),
  ];
  if (violations.length === 0) lines.push("no violation");
  return lines.join("\n");
}
