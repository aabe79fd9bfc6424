/**
 * Any command to one server, for the command line: doctor asks what the lock itself never asks. Not a node: no
 * reconnecting, no batches, and each command has its own deadline.
 */
import type { IoredisClient } from "./client.ts";
import { describeError } from "./client-events.ts";
import { loadIoredis } from "./connect.ts";

export interface RawClient {
  /** Resolves when connected and logged in. Rejects with an error in the client's words. */
  connect(): Promise<void>;
  /** Rejects with the server's own error, e.g. "NOPERM ...", or when it does not answer in time. */
  call(command: string, ...parameters: readonly (string | number)[]): Promise<unknown>;
  close(): void;
}

interface CallableClient extends IoredisClient {
  call(command: string, ...parameters: readonly (string | number)[]): Promise<unknown>;
}

/** Connects only when told to. `answerWithinMs`: for the connection, and for each command. */
export function openRawClient(url: string, answerWithinMs: number): RawClient {
  const Redis = loadIoredis();
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: answerWithinMs,
    commandTimeout: answerWithinMs,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    // It asks INFO, which not every user may; a server that is loading says so on the first command.
    enableReadyCheck: false,
    retryStrategy: () => null,
  }) as CallableClient;
  let lastError: unknown;
  client.on("error", (error) => {
    lastError = error;
  });
  return {
    async connect() {
      try {
        await client.connect();
      } catch (error) {
        throw new Error(describeError(lastError ?? error), { cause: error });
      }
    },
    call: (command, ...parameters) => client.call(command, ...parameters),
    close: () => client.disconnect(),
  };
}
