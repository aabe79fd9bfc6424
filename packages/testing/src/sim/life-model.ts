/** How a node keeps and tells how old its memory is: the specification of lua/life.lua. */
import { lifeRecordKey } from "@quorate/redlock/node";

import { CommandError, type ScriptRun } from "./script-run.ts";

/** What INFO says of a server. */
export interface ServerFacts {
  readonly runId: string;
  /** `master_replid`: drawn anew when it starts, and when it is promoted. */
  readonly history: string;
  readonly wasPromoted: boolean;
  readonly uptimeSeconds: number;
}

const recordKey = lifeRecordKey("");
const JUST_STARTED_SECONDS = 60;

export function isSameLife(run: ScriptRun, { history }: ServerFacts, known: string): boolean {
  return run.keyspace.get(recordKey, run.nowMs)?.text === known && known.startsWith(`${history} `);
}

/** The life and the memory's age, as the script tells them. */
export function describeLife(run: ScriptRun, facts: ServerFacts): [life: string, memoryAgeMs: number] {
  const kept = keepRecord(run, facts);
  if ("failure" in kept) return [`${facts.runId} !${kept.failure}`, 0];
  const { uptimeSeconds } = facts;
  const ageMs = Math.min(run.nowMs - kept.bornMs, uptimeSeconds < 0 ? Infinity : (uptimeSeconds + 1) * 1000);
  return [`${facts.runId} ${kept.record} ${recordKey}`, ageMs];
}

/** A record as it is written when a fleet is locked on for the first time. */
export function freshRecord(history: string, bornMs: number): string {
  return `${history} ${bornMs} fresh`;
}

function keepRecord(
  run: ScriptRun,
  facts: ServerFacts,
): { readonly record: string; readonly bornMs: number } | { readonly failure: string } {
  try {
    const found = run.token(recordKey);
    const [, history, born] = /^(\S+) (\d+) [a-z]+$/.exec(found ?? "") ?? [];
    if (found !== undefined && history === undefined) {
      return { failure: `FOREIGN the key ${recordKey} holds something else than how old this memory is` };
    }
    const isAhead = Number(born) > run.nowMs;
    if (found !== undefined && history === facts.history && !isAhead) return { record: found, bornMs: Number(born) };
    const cause = isAhead ? "clock" : whyBorn(found, facts);
    const record = `${facts.history} ${run.nowMs} ${cause}`;
    run.setForEver(recordKey, record);
    return { record, bornMs: run.nowMs };
  } catch (error) {
    if (error instanceof CommandError) return { failure: error.message };
    throw error;
  }
}

function whyBorn(found: string | undefined, { uptimeSeconds, wasPromoted }: ServerFacts): string {
  const isJustStarted = uptimeSeconds <= JUST_STARTED_SECONDS;
  if (found === undefined) return isJustStarted ? "restarted" : "fresh";
  if (wasPromoted) return "promoted";
  return isJustStarted ? "restarted" : "replaced";
}
