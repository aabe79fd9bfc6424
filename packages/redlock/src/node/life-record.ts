/**
 * Where a node keeps how old its memory is, and how that is told. The record itself is made by the script: lua/life.lua.
 */
import { SlotNames } from "./keys.ts";

/** Stands for the life in a question and an answer that do not need it. */
export const notAsked = "-";

/** Behind the prefix of the lock keys; what ends so is no resource's name. */
const recordName = "quorate:life";

/** `keyPrefix` is that of all lock keys which the record stands for. */
export function lifeRecordKey(keyPrefix: string): string {
  return keyPrefix + recordName;
}

/** Whether a lock key of this name would be taken for a record. */
export function isLifeRecord(key: string): boolean {
  return /quorate:life(?::\d+)?$/.test(key);
}

/** What a node told of its memory, in the first word of a reply. */
export interface ToldLife {
  /** `undefined` where it tells none. */
  readonly runId: string | undefined;
  /** The record's text: the same as long as nothing was forgotten. `undefined` where there is none. */
  readonly record: string | undefined;
  /** The key that the record is kept in: on a Redis Cluster each slot has one. */
  readonly key: string;
  /** Why there is no record; or why this one was begun: "fresh", "restarted", "promoted", "replaced", "clock". */
  readonly cause: string;
}

/** What a node says whose user may not run INFO. */
export const nothingToTell = "?";

const told = /^(\S+)(?: !([^]*)| (\S+ \d+ (\w+)) ([^]*))?$/;

/** Never throws: a proxy between may answer anything. */
export function readLife(text: string): ToldLife {
  const [, runId, failure, record, cause = "", key = ""] = told.exec(text) ?? [];
  return { runId: runId === nothingToTell ? undefined : runId, record, key, cause: failure ?? cause };
}

/**
 * The keys of the records of a Redis Cluster that is used as one node: one in each slot, so that it goes where the slot's
 * keys go. A prefix with a hash tag of its own has one for all.
 */
export function slotRecordKeys(keyPrefix: string): SlotNames {
  const name = lifeRecordKey(keyPrefix);
  return new SlotNames((count) => `${name}:${count}`);
}
