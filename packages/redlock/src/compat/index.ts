/**
 * The API of node-redlock 5 on the rounds of this library: change the import, keep the code. What differs, and why, is
 * listed in docs/migrating-from-node-redlock.md.
 *
 * @packageDocumentation
 */
export { default, default as Redlock, type RedlockAbortSignal, type RedlockUsingContext } from "./redlock.ts";
export { Lock, type LockOwner } from "./lock.ts";
export { ExecutionError, ResourceLockedError } from "./errors.ts";
export type { Client, ClientExecutionResult, ExecutionResult, ExecutionStats } from "./stats.ts";
export type { ExtraSettings, Settings, SomeSettings } from "./settings.ts";
export type { Script, ScriptChoice, Scripts } from "./scripts.ts";
