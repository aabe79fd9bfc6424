/** Who holds a resource together, as an inspect tells it: holdersText of lua/call-beside.lua. */
import { besideKey } from "@quorate/redlock/node";

import { sideOf, takenSlots } from "./node-holders.ts";
import type { ScriptRun } from "./script-run.ts";

export function holdersText(run: ScriptRun, key: string, token: string | undefined): string {
  const [, mode] = /^(shared|permits) \d+$/.exec(token ?? "") ?? [];
  if (mode === undefined) return "";
  const side = sideOf(run, key, "", mode === "shared" ? "shared" : "permits");
  const taken = [...takenSlots(run, side)];
  const holders = [...run.map(besideKey(side.fence.key, "holders"))]
    .map(([holder, end]) => ({ holder, lifeMs: Number(end) - run.nowMs }))
    .filter(({ lifeMs }) => lifeMs > 0);
  return holders
    .toSorted((a, b) => a.lifeMs - b.lifeMs || (a.holder < b.holder ? -1 : 1))
    .map(({ holder, lifeMs }) => {
      const slots = taken.filter(([, each]) => each === holder).map(([slot]) => slot);
      const numbers = slots.length === 0 ? "-" : slots.toSorted((a, b) => a - b).join();
      return `${lifeMs} ${numbers} ${new TextEncoder().encode(holder).length}:${holder}`;
    })
    .join("");
}
