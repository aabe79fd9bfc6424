/** ioredis settings for a connection that serves a quorum: fail early, repeat nothing, come back soon. */
import type { Runtime } from "../../runtime/runtime.ts";

const firstReconnectMs = 50;
const longestReconnectMs = 1000;

/** All the settings that a client of ours differs in from ioredis's defaults. */
export interface SafeSettings {
  readonly connectTimeout: number;
  readonly disconnectTimeout: number;
  readonly maxRetriesPerRequest: number;
  readonly enableOfflineQueue: boolean;
  readonly autoResendUnfulfilledCommands: boolean;
  readonly enableAutoPipelining: boolean;
  readonly retryStrategy: (attempt: number) => number;
}

/**
 * No `commandTimeout`: rounds have their own deadline, and a late reply is how a silent node is seen to be back. No
 * `socketTimeout` either: see answer-watch.ts. The ready check stays on, though it complains on the console where the user
 * may not run INFO: without it ioredis 5 says "ready" of a connection that broke while it was being made.
 */
export function safeSettings(runtime: Runtime): SafeSettings {
  return {
    connectTimeout: 1000,
    disconnectTimeout: 100,
    // Not for retries: with resending off, ioredis 6.0 would never settle what was under way when a connection broke.
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    enableAutoPipelining: false,
    retryStrategy: (attempt) => {
      const delayMs = Math.min(firstReconnectMs * 2 ** Math.min(attempt - 1, 10), longestReconnectMs);
      return Math.round(delayMs * (0.5 + runtime.random() / 2));
    },
  };
}
