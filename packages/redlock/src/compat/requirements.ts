/** What is asked of a call is checked before any I/O: an unfit name or setting must not reach a node's queue. */
import { checkResource, checkWellFormed } from "../options/resources.ts";
import type { Fleet } from "./fleet.ts";
import type { MergedSettings } from "./settings.ts";

/**
 * The lock keys, without duplicates. A single name is taken for a list of one; a number is written out, as ioredis does.
 * Throws `TypeError` for what is neither, `RangeError` for a name that belongs to another resource's bookkeeping.
 */
export function keysOf(resources: string | readonly string[]): readonly string[] {
  const list: readonly unknown[] = typeof resources === "string" ? [resources] : resources;
  if (!Array.isArray(list)) throw new TypeError("Redlock: resources must be an array of strings.");
  const keys = Array.from(list, (resource: unknown) =>
    typeof resource === "number" || typeof resource === "bigint" ? String(resource) : resource,
  );
  for (const key of keys) checkResource(key, "");
  return [...new Set(keys as string[])];
}

export function checkDuration(duration: number): void {
  if (Math.floor(duration) === duration) return;
  throw new Error("Duration must be an integer value in milliseconds.");
}

export function checkThreshold({ automaticExtensionThreshold }: MergedSettings, duration: number): void {
  if (automaticExtensionThreshold <= duration - 100) return;
  throw new Error("A lock `duration` must be at least 100ms greater than the `automaticExtensionThreshold` setting.");
}

/** Of a lock that was made by hand: anything else would be sent as the text of it, and match nothing. */
export function checkValue(value: unknown): asserts value is string {
  if (typeof value !== "string") throw new TypeError(`Redlock: a lock's value must be a string, got ${String(value)}.`);
  checkWellFormed("Redlock: a lock's value", value);
}

/** Refuses what would otherwise be ignored without a word: another database, and guards that a node cannot keep. */
export function checkSettings({ clients, set }: Fleet, settings: MergedSettings): void {
  const { db, fencing = false, restartGuardMs = 0 } = settings;
  if (db !== undefined) for (const client of clients) checkDatabase(client, db);
  const scripted = set.nodes.find((node) => "runsPlainScripts" in node);
  if (scripted === undefined || (!fencing && restartGuardMs === 0)) return;
  throw new TypeError(
    `Redlock: fencing and restartGuardMs need this library's own script, which does not run on ${scripted.name}.`,
  );
}

function checkDatabase(client: unknown, db: number): void {
  const selected = databaseOf(client);
  if (selected === undefined || selected === db) return;
  throw new RangeError(
    `Redlock: the setting db is ${db}, but a client has selected database ${selected}. Locks are kept in the database ` +
      `of each client: make the clients with { db: ${db} }, or leave the setting out.`,
  );
}

/** ioredis keeps what SELECT chose in `condition`, and calls it `db` in its options; node-redis calls it `database`. */
interface ClientOfDatabase {
  readonly isCluster?: unknown;
  readonly condition?: { readonly select?: number } | null;
  readonly options?: { readonly db?: number; readonly database?: number };
}

/** `undefined` for a Redis Cluster, which has no other than 0, and serves `@sesamecare-oss/redlock` whatever it asks for. */
function databaseOf(client: unknown): number | undefined {
  const { isCluster, condition, options } = client as ClientOfDatabase;
  if (isCluster === true) return undefined;
  return condition?.select ?? options?.db ?? options?.database ?? 0;
}
