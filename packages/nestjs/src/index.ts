/**
 * Distributed locks for NestJS: a module that provides `Redlock`, a decorator, a health indicator.
 *
 * @packageDocumentation
 */
export { RedlockHealthIndicator, type RedlockHealthResult } from "./health-indicator.ts";
export { currentLock, Locked, type LockedOptions, type LockedResources } from "./locked.ts";
export { RedlockModule } from "./module.ts";
export type { RedlockModuleOptions } from "./options.ts";
