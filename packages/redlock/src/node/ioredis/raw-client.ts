/**
 * Any command to one server, for the command line: doctor asks what the lock itself never asks. Not a node: no
 * reconnecting, no batches, and each command has its own deadline.
 */
import { systemRuntime } from "../../runtime/system.ts";
import type { IoredisClient } from "./client.ts";
import { describeError } from "../connection.ts";
import { installedIoredis } from "./connect.ts";

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
  const Redis = installedIoredis();
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: answerWithinMs,
    disconnectTimeout: 100,
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
    // ioredis knows by the lower-case name which commands make a connection a subscriber's.
    call: (command, ...parameters) =>
      inTime(client.call(command.toLowerCase(), ...parameters), command, answerWithinMs),
    close: () => client.disconnect(),
  };
}

/** Not ioredis's own commandTimeout: for some commands its timer outlives the answer, and keeps the process alive. */
function inTime<Reply>(answer: Promise<Reply>, command: string, withinMs: number): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const timer = systemRuntime.startTimer(withinMs, () => {
      reject(new Error(`no answer to ${command} within ${withinMs} ms`));
    });
    answer.then(resolve, reject).finally(() => timer.cancel());
  });
}
