/**
 * What the node's user may not do, of all that the lock does. Each command is sent in a form that changes nothing: on a
 * key that is not there, or with arguments that fail after the permission was checked. Only the record of how old the
 * node's memory is may begin here, as with every look at the node.
 */
import { inSlotsOfOne } from "../../../node/decode.ts";
import { encodeOperations } from "../../../node/encode.ts";
import { lifeRecordKey, readLife } from "../../../node/life-record.ts";
import type { RawClient } from "../../../node/ioredis/raw-client.ts";
import { releaseChannel } from "../../../node/keys.ts";
import { scriptSha1, scriptText } from "../../../lua/script.ts";
import { systemRuntime } from "../../../runtime/system.ts";
import type { MissingRight, NodeFacts } from "../facts.ts";

/** By command: its arguments after the key. A test compares the list with what the script calls. */
export const harmlessArguments: Readonly<Record<string, readonly string[]>> = {
  DEL: [],
  EXISTS: [],
  GET: [],
  HGETALL: [],
  // A field without a value.
  HSET: ["", "", ""],
  MGET: [],
  PEXPIRE: ["no-number"],
  PEXPIREAT: ["no-number"],
  PTTL: [],
  // NX and XX exclude each other.
  SET: ["", "NX", "XX"],
  TYPE: [],
  ZADD: ["no-number", ""],
  ZCARD: [],
  ZRANGE: ["0", "0"],
  ZRANGEBYLEX: ["-", "+"],
  ZRANGEBYSCORE: ["no-number", "0"],
  ZRANK: [""],
  ZREM: [""],
  ZREMRANGEBYSCORE: ["no-number", "0"],
  ZREVRANGE: ["0", "0"],
  ZSCORE: [""],
};

export async function probeRights(client: RawClient, lockKey: string, keyPrefix: string): Promise<MissingRight[]> {
  const nowhere = `${lockKey}:redlock-doctor:${systemRuntime.newToken()}`;
  const inspect = inspectArguments(lockKey, keyPrefix);
  const questions: (readonly [what: string, command: string, parameters: readonly string[]])[] = [
    ["EVAL", "EVAL", [scriptText, "0"]],
    ["EVALSHA", "EVALSHA", [scriptSha1, "0"]],
    ["keys", "EVAL", [scriptText, ...inspect]],
    ["INFO", "INFO", ["server"]],
    ["TIME", "TIME", []],
    ["PUBLISH", "PUBLISH", [releaseChannel(nowhere), ""]],
    ...Object.entries(harmlessArguments).map(([name, rest]) => [name, name, [nowhere, ...rest]] as const),
    ["SUBSCRIBE", "SUBSCRIBE", [releaseChannel(lockKey), releaseChannel(lockKey, "redlock-doctor")]],
  ];
  const missing: MissingRight[] = [];
  for (const [what, command, parameters] of questions) {
    const answer = await refusal(client, command, parameters);
    if (answer === undefined) continue;
    const subject = subjectOf(what, answer);
    if (subject !== undefined) missing.push({ what: subject, answer });
  }
  return missing;
}

/**
 * In which words the node refuses every write: OOM, MISCONF, READONLY, NOREPLICAS ... It looks at its state before it
 * looks at the arguments, and these it can never do: NX and XX exclude each other.
 */
export async function probeWrite(client: RawClient, lockKey: string): Promise<string | undefined> {
  const nowhere = `${lockKey}:redlock-doctor:${systemRuntime.newToken()}`;
  try {
    await client.call("SET", nowhere, ...harmlessArguments["SET"]!);
    return undefined;
  } catch (error) {
    const { message } = error as Error;
    return /^(?:OOM|MISCONF|READONLY|NOREPLICAS|MASTERDOWN|CLUSTERDOWN|LOADING|BUSY)\b/.test(message)
      ? message
      : undefined;
  }
}

function inspectArguments(lockKey: string, keyPrefix: string): string[] {
  const inspect: string[] = [];
  encodeOperations([{ kind: "inspect", keys: [lockKey] }], "", inspect, "", lifeRecordKey(keyPrefix));
  return inspect;
}

/** As the node tells it to those who lock; or why it tells nothing, where that is for the keys' slots. */
export async function probeMemory(
  client: RawClient,
  lockKey: string,
  prefix: string,
): Promise<Pick<NodeFacts, "memoryAgeMs" | "memoryCause" | "slotRefusal">> {
  let slotRefusal: string | undefined;
  try {
    const [life, ageMs] = (await client.call("EVAL", scriptText, ...inspectArguments(lockKey, prefix))) as unknown[];
    const { record, cause } = readLife(String(life));
    if (record !== undefined) return { memoryAgeMs: Number(ageMs), memoryCause: cause, slotRefusal };
  } catch (error) {
    // What else is refused is found by its right.
    const { message } = error as Error;
    if (/^(?:MOVED|ASK|CROSSSLOT)\b/.test(message)) slotRefusal = inSlotsOfOne({ keys: [lockKey] }, message);
  }
  return { memoryAgeMs: undefined, memoryCause: undefined, slotRefusal };
}

/** The words in which a permission is refused, or a command is unknown (renamed); `undefined` for all else. */
async function refusal(client: RawClient, command: string, parameters: readonly string[]): Promise<string | undefined> {
  try {
    const reply = await client.call(command, ...parameters);
    return findRefusal(reply);
  } catch (error) {
    return findRefusal((error as Error).message);
  }
}

/** The script answers with what its commands were refused. */
function findRefusal(reply: unknown): string | undefined {
  if (Array.isArray(reply)) return reply.map(findRefusal).find((found) => found !== undefined);
  return typeof reply === "string" && /NOPERM|ACL failure|unknown command|can't run this command/i.test(reply)
    ? reply
    : undefined;
}

/** A command that is permitted, but not on our key of no importance, is no missing command. */
function subjectOf(what: string, answer: string): string | undefined {
  const isAboutKeys = /access.*key|keys mentioned/i.test(answer);
  const isAboutChannels = /channel/i.test(answer);
  if (what === "keys") return isAboutKeys ? "keys" : undefined;
  if (what === "SUBSCRIBE") return isAboutChannels ? "channels" : "SUBSCRIBE";
  return isAboutKeys || isAboutChannels ? undefined : what;
}
