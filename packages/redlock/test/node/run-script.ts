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

/** How many commands `script` gives the server in one run, and how many words it reads of their replies. */
export async function workOf(
  server: RedisServer,
  script: string,
  ...operations: Operation[]
): Promise<{ readonly commandCount: number; readonly wordCount: number }> {
  const parameters = [
    `${counting}local function script()\n${script}\nend\nscript()\nreturn { commandCount, wordCount }`,
  ];
  encodeOperations(operations, "", parameters, "");
  const [commandCount, wordCount] = (await server.command("EVAL", ...parameters)) as [number, number];
  return { commandCount, wordCount };
}

/** In place of what a script knows as `redis`. */
const counting = `
local commandCount, wordCount, plain = 0, 0, redis
local function counted(ask)
  return function(...)
    local reply = ask(...)
    commandCount = commandCount + 1
    wordCount = wordCount + (type(reply) == 'table' and #reply or 1)
    return reply
  end
end
local redis = setmetatable({ call = counted(plain.call), pcall = counted(plain.pcall) }, { __index = plain })
`;

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
