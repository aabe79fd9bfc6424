/** Waiters are served in the order in which they came, whatever their clocks say, and share alike. */
import type { Plan } from "../plan.ts";
import type { Asker, PendingCall } from "../user/pending-call.ts";
import type { Verdicts } from "./ledger.ts";
import { areInTurn } from "./openness.ts";

/** Who comes so little later may be taken for the first. */
const SLACK_MS = 100;
/** Lines differ for a moment, and somebody who comes by finds it free. */
const MOST_OVERTAKES = 3;
/** Where several get in at one time. */
const MOST_OVERTAKES_BESIDE = 8;
/** Fewer tell nothing about anybody's share. */
const LEAST_TURNS = 12;
const LEAST_SHARE = 0.4;
const LARGEST_SHARE = 1.8;

export class TurnOracle {
  readonly #plan: Plan;
  readonly #verdicts: Verdicts;

  constructor(plan: Plan, verdicts: Verdicts) {
    this.#plan = plan;
    this.#verdicts = verdicts;
  }

  granted(call: PendingCall, callers: readonly Asker[]): void {
    if (!this.#verdicts.isArmed("in turn")) return;
    const most = this.#plan.habits.modes.length > 0 ? MOST_OVERTAKES_BESIDE : MOST_OVERTAKES;
    for (const { pending, name } of callers) {
      if (pending === undefined || pending.calledAtMs + SLACK_MS > call.calledAtMs) continue;
      if (!areInTurn(call, pending)) continue;
      pending.overtakenCount += 1;
      if (pending.overtakenCount !== most + 1) continue;
      const sinceMs = pending.calledAtMs.toFixed(0);
      this.#verdicts.report(
        "in turn",
        `${name} asked at ${sinceMs}, and the ${pending.overtakenCount}th who asked later got it`,
      );
    }
  }

  /** All of them asked again as soon as they were done. */
  atTheEnd(callers: readonly Asker[]): void {
    const meanCount = callers.reduce((sum, { grantedCount }) => sum + grantedCount, 0) / callers.length;
    if (meanCount < LEAST_TURNS || callers.length < 3) return;
    for (const { name, grantedCount, process } of callers) {
      const share = grantedCount / meanCount;
      if (share >= LEAST_SHARE && share <= LARGEST_SHARE) continue;
      const offMs = this.#plan.processes[Number(process.name.slice(1))]?.wallOffsetMs ?? 0;
      this.#verdicts.report(
        "fair share",
        `${name}, whose clock is off by ${offMs} ms, had ${grantedCount} turns, the others ${meanCount.toFixed(0)} each`,
      );
    }
  }
}
