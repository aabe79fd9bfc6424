/** Runs operations through the script on a real server, without a node of ours. */
import type { RedisServer } from "@quorate/testing";
import { Redis } from "ioredis";
import { encodeOperations, releaseChannel, scriptText, type Answer, type Operation } from "../../src/node/index.ts";

/** The whole reply: life, memory's age, role, answers. */
export function runScript(server: RedisServer, ...operations: Operation[]): Promise<unknown[]> {
  return runKnowing(server, "", ...operations);
}

/** The same, as a caller that knows a life of the server. */
export async function runKnowing(server: RedisServer, life: string, ...operations: Operation[]): Promise<unknown[]> {
  const parameters = [scriptText];
  encodeOperations(operations, "", parameters, life);
  return (await server.command("EVAL", ...parameters)) as unknown[];
}

/** The answers alone. */
export async function answersOf(server: RedisServer, ...operations: Operation[]): Promise<Answer[]> {
  return (await runScript(server, ...operations)).slice(3) as Answer[];
}

/** Which waiters of one process the operation calls, in order, with what they are told. */
export async function calledInProcess(
  server: RedisServer,
  lockKey: string,
  process: string,
  operation: Operation,
): Promise<string[]> {
  const subscriber = new Redis(server.url);
  try {
    const called: string[] = [];
    subscriber.on("message", (_channel, message: string) => called.push(message));
    await subscriber.subscribe(releaseChannel(lockKey, process));
    await answersOf(server, operation);
    await subscriber.ping();
    return called;
  } finally {
    subscriber.disconnect();
  }
}
