/**
 * What is wrong on purpose in a control of the torture, and what must be seen of it. None of it is left to chance: what is
 * broken stays broken, or is broken again, until it was seen.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { LockMode } from "@quorate/redlock";

import { breachesOf } from "../fleet/breaches.ts";
import type { HistoryEvent } from "../history/event.ts";
import { holdsOf } from "../history/hold.ts";
import type { LockHistory } from "../history/lock-history.ts";
import type { Ground } from "./troubles.ts";

interface Control {
  readonly modes: readonly LockMode[];
  /** Whose locks are taken with keys that nobody else looks at. */
  readonly apart?: LockMode;
  readonly isGuardOff?: boolean;
  /** Which promises must be seen broken. */
  readonly mustSee: readonly string[];
}

const CONTROLS = {
  /** A majority forgets what one holds and another waits for. */
  "guard-off": { modes: ["exclusive"], isGuardOff: true, mustSee: ["mutual exclusion"] },
  /** No writer meets the readers. */
  "readers-apart": { modes: ["exclusive", "shared"], apart: "shared", mustSee: ["mutual exclusion"] },
  /** Each process gives out the permits anew. */
  "permits-apart": { modes: ["permits"], apart: "permits", mustSee: ["mutual exclusion", "at most so many permits"] },
} as const;

export type TortureControl = keyof typeof CONTROLS;
export const TORTURE_CONTROLS: readonly TortureControl[] = Object.keys(CONTROLS) as TortureControl[];

/** All modes, and nothing wrong. */
const NO_CONTROL: Control = { modes: ["exclusive", "exclusive", "shared", "permits"], mustSee: [] };

export function controlOf(name: TortureControl | undefined): Control {
  return name === undefined ? NO_CONTROL : CONTROLS[name];
}

export function isCaught(history: LockHistory, { mustSee }: Control): boolean {
  const seen = new Set(breachesOf(history).map(({ promise }) => promise));
  return mustSee.every((promise) => seen.has(promise));
}

const LOOK_EVERY_MS = 100;

/** Wipes a majority each time that one holds what another asks for, until the signal. */
export async function forgetWhatIsContended(
  { places, crew }: Pick<Ground, "places" | "crew">,
  signal: AbortSignal,
  onTrouble: (name: string) => void,
): Promise<void> {
  while (!signal.aborted) {
    if (isContended(crew.history().events)) {
      onTrouble("FLUSHALL of a majority, of what is held");
      for (let node = 0; node <= places.count / 2; node += 1) await places.at(node).flushAll();
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** For so long at least its holder must believe in it yet: another has to get in meanwhile. */
const LEAST_VALIDITY_MS = 200;

function isContended(events: readonly HistoryEvent[]): boolean {
  const nowMs = Number(process.hrtime.bigint()) / 1e6;
  const over = new Set<string>();
  for (const event of events) if (event.kind === "granted" || event.kind === "refused") over.add(event.attempt);
  const asks = events.filter((event) => event.kind === "attempted" && !over.has(event.attempt));
  const held = holdsOf(events).filter(({ endedAtMs }) => endedAtMs > nowMs + LEAST_VALIDITY_MS);
  return held.some(({ resources }) =>
    asks.some((ask) => "resources" in ask && ask.resources.some((resource) => resources.includes(resource))),
  );
}
