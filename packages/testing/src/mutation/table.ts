/** What the simulator found of the seeded bugs, as a Markdown table. */
import type { FailedRun } from "../sim/cli/worker.ts";

export interface Finding {
  readonly name: string;
  readonly runCount: number;
  readonly profile: string | undefined;
  /** `undefined`: the bug was not caught. */
  readonly failure: FailedRun | undefined;
}

export function renderTable(findings: readonly Finding[]): string {
  const rows = findings.map(({ name, runCount, profile, failure }) => {
    if (failure === undefined) return [name, "**not caught**", `${runCount} runs`, profile ?? "any"];
    return [name, failure.violation.oracle, String(failure.seed), failure.profile];
  });
  const head = ["seeded bug", "caught by", "first seed", "kind of trouble"];
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
