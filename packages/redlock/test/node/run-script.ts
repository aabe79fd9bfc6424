/** Runs operations through the script on a real server, without any client library. */
import type { RedisServer } from "@quorate/testing";
import { encodeOperations, scriptText, type Answer, type Operation } from "../../src/node/index.ts";

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
