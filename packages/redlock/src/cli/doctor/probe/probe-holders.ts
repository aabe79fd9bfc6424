/** Which locks a node holds, and which runs of `redlock run` are connected to it. */
import { fenceOf } from "../../../core/token.ts";
import { modeOf } from "../../../node/decode.ts";
import { fenceKey } from "../../../node/keys.ts";
import type { RawClient } from "../../../node/ioredis/raw-client.ts";
import type { HeldKey, NodeFacts, RunConnection } from "../facts.ts";
import { runConnectionPrefix } from "../../run/run.ts";
import { lineKey, readHolders } from "./probe-beside.ts";

/** A server with millions of keys is not to be held up by a doctor. */
const mostScans = 20;
const keysPerScan = 1_000;
const mostKeys = 1_000;

/** Every lock has a fence beside it: by that a lock key is known among other keys. */
export async function probeHeldKeys(
  client: RawClient,
  keyPrefix: string,
  keys: readonly string[],
): Promise<Pick<NodeFacts, "heldKeys" | "isScanCut">> {
  const { found, isScanCut } = keys.length > 0 ? { found: keys, isScanCut: false } : await scan(client, keyPrefix);
  const held = await Promise.all(found.map((key) => readKey(client, key)));
  return { heldKeys: held.flat(), isScanCut };
}

/** Runs that are waiting count too: they have the same name. */
export async function probeRuns(client: RawClient): Promise<RunConnection[]> {
  const list = await client.call("CLIENT", "LIST").catch(() => "");
  const runs = String(list).split("\n").map(readRun);
  return runs.filter((run) => run !== undefined);
}

async function scan(client: RawClient, keyPrefix: string): Promise<{ found: string[]; isScanCut: boolean }> {
  const found = new Set<string>();
  let cursor = "0";
  for (let count = 0; count < mostScans; count++) {
    const reply = await client.call("SCAN", cursor, "MATCH", "*:fence", "COUNT", keysPerScan).catch(() => undefined);
    if (!Array.isArray(reply)) return { found: [], isScanCut: true };
    for (const fence of reply[1] as string[]) for (const key of lockKeysOf(fence)) found.add(key);
    cursor = String(reply[0]);
    if (cursor === "0") break;
  }
  const ours = [...found].filter((key) => key.startsWith(keyPrefix));
  return { found: ours.slice(0, mostKeys), isScanCut: cursor !== "0" || ours.length > mostKeys };
}

/** The fence of "a" and that of "{a}" are the same key. */
function lockKeysOf(fence: string): string[] {
  const stem = fence.slice(0, -":fence".length);
  return [stem, stem.replace(/^\{(.*)\}$/s, "$1"), stem.replace(/^\{[^}]*\}/s, "")].filter(
    (key) => key !== "" && fenceKey(key) === fence,
  );
}

/** Who holds a key: nobody, one, or several together. */
async function readKey(client: RawClient, key: string): Promise<HeldKey[]> {
  try {
    const [token, remaining, fence, waiterCount] = await Promise.all([
      client.call("GET", key),
      client.call("PTTL", key),
      client.call("GET", fenceKey(key)),
      client.call("ZCARD", lineKey(key)).then(Number, () => undefined),
    ]);
    if (typeof token !== "string") return [];
    const remainingMs = Number(remaining) < 0 ? Infinity : Number(remaining);
    const alone: HeldKey = {
      key,
      token,
      mode: "exclusive",
      permits: [],
      remainingMs,
      // Behind the number stands what is kept beside it.
      fence: typeof fence === "string" ? Number.parseInt(fence, 10) || 0 : 0,
      waiterCount,
    };
    const mode = modeOf(token);
    if (mode === "exclusive") return [alone];
    const holders = await readHolders(client, key, mode, remainingMs);
    return holders.map((holder) => ({ ...alone, ...holder, mode, fence: fenceOf(holder.token) }));
  } catch {
    return [];
  }
}

/** "id=3 addr=... name=redlock-run:web-1:4711:0a1b2c3d age=12 ..." */
export function readRun(line: string): RunConnection | undefined {
  const name = / name=(\S+)/.exec(line)?.[1];
  const [prefix, host, pid, hashes] = name?.split(":") ?? [];
  if (prefix !== runConnectionPrefix || host === undefined || pid === undefined) return undefined;
  // Anybody may give a connection such a name, and a kill of this process is offered.
  if (!/^[\w.-]+$/.test(host) || !/^[1-9]\d*$/.test(pid)) return undefined;
  const ageMs = Number(/ age=(\d+)/.exec(line)?.[1] ?? 0) * 1_000;
  return { host, pid, ageMs, resourceHashes: hashes?.split("+") ?? [] };
}
