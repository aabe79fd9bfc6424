/** Asks one node all that doctor wants to know. Each answer may be refused without spoiling the others. */
import { openRawClient, type RawClient } from "../../../node/ioredis/raw-client.ts";
import { systemRuntime } from "../../../runtime/system.ts";
import { nodeName, redisCliArguments, userOf } from "../../settings/node-url.ts";
import type { ClockFact, NodeFacts } from "../facts.ts";
import { findFailure } from "./probe-wire.ts";
import { probeHeldKeys, probeRuns } from "./probe-holders.ts";
import { probeMemory, probeRights, probeWrite } from "./probe-rights.ts";

/** Doctor is asked when something is wrong: a node that hangs, or answers by drops, must not keep its answer back. */
const patience = { answerWithinMs: 2_000, allWithinMs: 4_000 };
const clockReadings = 5;
/** A node as slow as that is asked what matters; its clock is known well enough. */
const slowMs = 100;

/** `resources`: the lock keys to look at; empty: all that a bounded scan finds. Never rejects. */
export async function probeNode(url: string, keyPrefix: string, keys: readonly string[]): Promise<NodeFacts> {
  const client = openRawClient(url, patience);
  try {
    await client.connect();
    await throwUnlessServing(client);
    return { ...whoIs(url), ...(await probe(client, keyPrefix, keys)) };
  } catch (error) {
    return { ...nothingKnown, ...whoIs(url), failure: await findFailure(url, (error as Error).message) };
  } finally {
    client.close();
  }
}

type Identity = Pick<NodeFacts, "node" | "cliArguments" | "user">;

function whoIs(url: string): Identity {
  return { node: nodeName(url), cliArguments: redisCliArguments(url), user: userOf(url) };
}

const nothingKnown: Omit<NodeFacts, keyof Identity | "failure"> = {
  roundTripMs: undefined,
  info: undefined,
  config: undefined,
  clock: undefined,
  memoryAgeMs: undefined,
  memoryCause: undefined,
  writeRefusal: undefined,
  slotRefusal: undefined,
  missingRights: [],
  heldKeys: [],
  isScanCut: false,
  runs: [],
};

async function probe(
  client: RawClient,
  keyPrefix: string,
  keys: readonly string[],
): Promise<Omit<NodeFacts, keyof Identity>> {
  const { roundTripMs, clock } = await probeClock(client);
  const info = await client.call("INFO").then(readInfo, () => undefined);
  const config = await probeConfig(client);
  const lockKey = keys[0] ?? `${keyPrefix}redlock-doctor`;
  const writeRefusal = await probeWrite(client, lockKey);
  const memory = await probeMemory(client, lockKey, keyPrefix);
  const runs = await probeRuns(client);
  const held = await probeHeldKeys(client, keyPrefix, keys);
  // Last: it leaves the connection as a subscriber's.
  const missingRights = await probeRights(client, lockKey, keyPrefix);
  return {
    failure: undefined,
    roundTripMs,
    info,
    config,
    clock,
    ...memory,
    writeRefusal,
    missingRights,
    ...held,
    runs,
  };
}

/**
 * Throws where the server does not serve this user, or no user yet (LOADING). What it merely does not permit is found out later; so is what it
 * does not write (after a failed write to disk, MISCONF is its answer to PING too).
 */
async function throwUnlessServing(client: RawClient): Promise<void> {
  try {
    await client.call("PING");
  } catch (error) {
    if (!/^(?:NOPERM|MISCONF)\b/.test((error as Error).message)) throw error;
  }
}

/** The reading with the shortest round trip tells most. */
async function probeClock(client: RawClient): Promise<Pick<NodeFacts, "roundTripMs" | "clock">> {
  let roundTripMs = Infinity;
  let clock: ClockFact | undefined;
  for (let count = 0; count < clockReadings; count++) {
    const before = systemRuntime.readClocks();
    const time = await client.call("TIME").catch(() => undefined);
    const tripMs = systemRuntime.readClocks().monotonicMs - before.monotonicMs;
    if (tripMs >= roundTripMs) continue;
    roundTripMs = tripMs;
    if (!Array.isArray(time)) continue;
    const nodeMs = Number(time[0]) * 1_000 + Number(time[1]) / 1_000;
    clock = { offsetMs: nodeMs - (before.wallMs + tripMs / 2), uncertaintyMs: tripMs / 2 + 1 };
    if (tripMs > slowMs) break;
  }
  return { roundTripMs, clock };
}

function readInfo(text: unknown): ReadonlyMap<string, string> {
  const lines = String(text).split(/\r?\n/);
  return new Map(
    lines
      .filter((line) => /^\w+:/.test(line))
      .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]),
  );
}

const directives = [
  "appendfsync",
  "no-appendfsync-on-rewrite",
  "save",
  "stop-writes-on-bgsave-error",
  "timeout",
  "maxclients",
];

async function probeConfig(client: RawClient): Promise<ReadonlyMap<string, string> | undefined> {
  try {
    const replies = await Promise.all(directives.map((directive) => client.call("CONFIG", "GET", directive)));
    return new Map(replies.map((reply, index) => [directives[index]!, settingIn(reply)]));
  } catch {
    return undefined;
  }
}

/** RESP2 answers with a list of name and setting, RESP3 with a map. */
function settingIn(reply: unknown): string {
  const setting: unknown = Array.isArray(reply) ? reply[1] : Object.values(reply ?? {})[0];
  return typeof setting === "string" ? setting : "";
}
