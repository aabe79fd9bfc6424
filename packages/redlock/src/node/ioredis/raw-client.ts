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

/** How long a server may take: for the connection and for each command, and for all of them together. */
export interface Patience {
  readonly answerWithinMs: number;
  readonly allWithinMs: number;
}

/** Connects only when told to. Of a server that was silent once nothing more is asked: it would be silent again. */
export function openRawClient(url: string, { answerWithinMs, allWithinMs }: Patience): RawClient {
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
  const nowMs = (): number => systemRuntime.readClocks().monotonicMs;
  const endMs = nowMs() + allWithinMs;
  let silence: Error | undefined;

  /** Not ioredis's own commandTimeout: for some commands its timer outlives the answer, and keeps the process alive. */
  async function inTime<Reply>(ask: () => Promise<Reply>, what: string): Promise<Reply> {
    if (silence !== undefined) throw silence;
    const leftMs = Math.floor(endMs - nowMs());
    if (leftMs <= 0) throw (silence = new Error(`too slow: asked for ${allWithinMs} ms, and not done`));
    const withinMs = Math.min(answerWithinMs, leftMs);
    return new Promise((resolve, reject) => {
      const timer = systemRuntime.startTimer(withinMs, () => {
        silence = new Error(`no answer to ${what} within ${withinMs} ms`);
        reject(silence);
      });
      ask()
        .then(resolve, reject)
        .finally(() => timer.cancel());
    });
  }

  return {
    // Its own connectTimeout ends with the TCP connection: a server that stands still accepts it, and says no more.
    async connect() {
      try {
        await inTime(() => client.connect(), "the first question");
      } catch (error) {
        // A wrong password may be told a moment after the connection was given up for it.
        await new Promise<void>((resolve) => systemRuntime.afterInput(resolve));
        throw new Error(describeError(silence ?? lastError ?? error), { cause: error });
      }
    },
    // ioredis knows by the lower-case name which commands make a connection a subscriber's.
    async call(command, ...parameters) {
      try {
        return await inTime(() => client.call(command.toLowerCase(), ...parameters), command);
      } catch (error) {
        // The client says "ready" before a wrong password is known, and then only that it cannot write.
        if (silence !== undefined || (error as Error).name === "ReplyError") throw error;
        await new Promise<void>((resolve) => systemRuntime.afterInput(resolve));
        throw new Error(describeError(lastError ?? error), { cause: error });
      }
    },
    close: () => client.disconnect(),
  };
}
