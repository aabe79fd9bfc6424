/**
 * The scripts of node-redlock's third parameter. Without it this library's own script runs, many operations per call;
 * a script that the app brings is run as it is, once per operation and node.
 */
import { createHash } from "node:crypto";

/** A script and the SHA-1 by which Redis knows it. */
export interface Script {
  readonly value: string;
  readonly hash: string;
}

/** KEYS are the resources, ARGV the value and the duration (none on release); the answer is how many were changed. */
export interface Scripts {
  readonly acquireScript: Script;
  readonly extendScript: Script;
  readonly releaseScript: Script;
}

/** A script's text, or a function that makes it from the standard one's. */
export type ScriptChoice = string | ((script: string) => string);

const standard = {
  acquireScript: `
for _, key in ipairs(KEYS) do
  if redis.call("EXISTS", key) == 1 then return 0 end
end
for _, key in ipairs(KEYS) do
  redis.call("SET", key, ARGV[1], "PX", ARGV[2])
end
return #KEYS`,
  extendScript: `
for _, key in ipairs(KEYS) do
  if redis.call("GET", key) ~= ARGV[1] then return 0 end
end
for _, key in ipairs(KEYS) do
  redis.call("PEXPIRE", key, ARGV[2])
end
return #KEYS`,
  releaseScript: `
local deleted = 0
for _, key in ipairs(KEYS) do
  if redis.call("GET", key) == ARGV[1] then deleted = deleted + redis.call("DEL", key) end
end
return deleted`,
};

export function resolveScripts(choices: Partial<Record<keyof Scripts, ScriptChoice>> = {}): Scripts {
  return {
    acquireScript: resolve(standard.acquireScript, choices.acquireScript),
    extendScript: resolve(standard.extendScript, choices.extendScript),
    releaseScript: resolve(standard.releaseScript, choices.releaseScript),
  };
}

export function hasChoice(choices: Partial<Record<keyof Scripts, ScriptChoice>> | undefined): boolean {
  return Object.values(choices ?? {}).some((choice) => choice !== undefined);
}

function resolve(standardText: string, choice: ScriptChoice | undefined): Script {
  const text = typeof choice === "function" ? choice(standardText) : (choice ?? standardText);
  return { value: text, hash: createHash("sha1").update(text).digest("hex") };
}
