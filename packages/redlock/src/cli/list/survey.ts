/** One look at every node: which locks it knows, and who waits. Each node answers for itself; together they say what is held. */
import { agreedNumbers } from "../../core/permits.ts";
import { labelOf, shownToken } from "../../core/token.ts";
import type { LockMode } from "../../core/vote.ts";
import { quorumOf } from "../../core/quorum.ts";
import { openRawClient } from "../../node/ioredis/raw-client.ts";
import type { HeldKey } from "../doctor/facts.ts";
import { probeHeldKeys } from "../doctor/probe/probe-holders.ts";
import { nodeName } from "../settings/node-url.ts";

/** Later versions only add fields. `null`: unknown, or not there. */
export interface Survey {
  readonly nodes: readonly { readonly node: string; readonly failure: string | null; readonly isScanCut: boolean }[];
  readonly locks: readonly ListedLock[];
}

/** One who holds a resource; of several who hold it together each is one. */
export interface ListedLock {
  readonly resource: string;
  readonly mode: LockMode;
  /** Of permits, which numbers a quorum gave; else empty. */
  readonly permits: readonly number[];
  /** By a quorum; otherwise a caller is trying, or a released key is still on some nodes. */
  readonly isHeld: boolean;
  readonly label: string | null;
  /** The beginning of the token. */
  readonly holder: string;
  readonly nodeCount: number;
  /** Until enough nodes are free, unless the holder extends; `null`: a key has no TTL. */
  readonly remainingMs: number | null;
  readonly fencingToken: number | null;
  /** Processes in line, where the line is longest. */
  readonly waiting: number | null;
}

const patience = { answerWithinMs: 1_000, allWithinMs: 3_000 };

export async function survey(urls: readonly string[], keyPrefix: string): Promise<Survey> {
  const looks = await Promise.all(urls.map((url) => lookAt(url, keyPrefix)));
  const nodes = looks.map(({ node, failure, isScanCut }) => ({ node, failure, isScanCut }));
  const byToken = new Map<string, HeldKey[]>();
  for (const { heldKeys } of looks) {
    for (const held of heldKeys) {
      const name = JSON.stringify([held.key, held.token]);
      byToken.set(name, [...(byToken.get(name) ?? []), held]);
    }
  }
  const locks = [...byToken.values()].map((keys) => lockOf(keys, keyPrefix, quorumOf(urls.length)));
  return { nodes, locks: locks.toSorted(byResource) };
}

async function lookAt(url: string, keyPrefix: string) {
  const client = openRawClient(url, patience);
  const node = nodeName(url);
  try {
    await client.connect();
    return { node, failure: null, ...(await probeHeldKeys(client, keyPrefix, [])) };
  } catch (error) {
    return { node, failure: (error as Error).message, heldKeys: [] as readonly HeldKey[], isScanCut: false };
  } finally {
    client.close();
  }
}

function byResource(one: ListedLock, other: ListedLock): number {
  return one.resource.localeCompare(other.resource) || (one.permits[0] ?? 0) - (other.permits[0] ?? 0);
}

function lockOf(keys: readonly HeldKey[], keyPrefix: string, quorum: number): ListedLock {
  const { key, token } = keys[0]!;
  const lives = keys.map(({ remainingMs }) => remainingMs).toSorted((a, b) => b - a);
  const remainingMs = lives[quorum - 1] ?? lives.at(-1)!;
  const fences = keys.map(({ fence }) => fence).filter((fence) => fence > 0);
  const waiters = keys.flatMap(({ waiterCount }) => waiterCount ?? []);
  return {
    resource: key.slice(keyPrefix.length),
    // A node that was not told yet of share() still has it as exclusive.
    mode: keys.find((held) => held.mode !== "exclusive")?.mode ?? "exclusive",
    permits:
      agreedNumbers(
        keys.map(({ permits }) => permits),
        quorum,
      ) ?? [],
    isHeld: keys.length >= quorum,
    label: labelOf(token) ?? null,
    holder: shownToken(token),
    nodeCount: keys.length,
    remainingMs: Number.isFinite(remainingMs) ? remainingMs : null,
    waiting: waiters.length === 0 ? null : Math.max(...waiters),
    fencingToken: fences.length === 0 ? null : Math.min(...fences),
  };
}
