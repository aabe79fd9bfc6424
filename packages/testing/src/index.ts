export { findClockShim, type ClockShim } from "./redis/clock-shim.ts";
export { Fleet, startFleet, type FleetOptions, type FoundKey } from "./redis/fleet.ts";
export { ReplyError, type Reply } from "./redis/resp.ts";
export { RedisServer, type RestartOptions, type Snapshot } from "./redis/server.ts";
export type { ServerClock } from "./redis/server-clock.ts";
export type { ServerOptions, ServerUser } from "./redis/server-options.ts";
