/** Runs operations through the script on a real server, without any client library. */
import type { RedisServer } from "@quorate/testing";
import { encodeOperations, scriptText, type Answer, type Operation } from "../../src/node/index.ts";

/** The whole reply: run id, uptime, role, answers. */
export async function runScript(server: RedisServer, ...operations: Operation[]): Promise<unknown[]> {
  const parameters = [scriptText];
  encodeOperations(operations, "", parameters);
  return (await server.command("EVAL", ...parameters)) as unknown[];
}

/** The answers alone. */
export async function answersOf(server: RedisServer, ...operations: Operation[]): Promise<Answer[]> {
  return (await runScript(server, ...operations)).slice(3) as Answer[];
}
