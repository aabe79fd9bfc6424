/**
 * The API of node-redlock 5 on the rounds of this library: change the import, keep the code. What differs, and why, is
 * listed in docs/migrating-from-node-redlock.md.
 *
 * @packageDocumentation
 */
export { default, default as Redlock, type Client, type RedlockAbortSignal } from "./redlock.ts";
export { Lock } from "./lock.ts";
export { ExecutionError, ResourceLockedError } from "./errors.ts";
export type { ExecutionResult, ExecutionStats } from "./ballot.ts";
export type { Settings } from "./settings.ts";
export type { Script, ScriptChoice, Scripts } from "./scripts.ts";
