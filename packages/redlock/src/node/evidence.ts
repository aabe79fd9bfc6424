/**
 * What a reply's header proves about the node's memory.
 *
 * Everything errs towards "younger": the restart guard then keeps a node out too long, never too short.
 */
import type { NodeEvidence } from "../core/vote.ts";
import type { ClockReading, Runtime } from "../runtime/runtime.ts";
import type { BatchReply } from "./connection.ts";
import { notAsked } from "./known-server.ts";

/** More than a master ever has; a Redis Cluster used as one node has one per shard. */
const mostRunIds = 64;

export class EvidenceReader {
  readonly #runtime: Runtime;
  readonly #onGuardOff: () => void;
  /** When a promoted replica was first seen as such, by run id. */
  readonly #promotedSince = new Map<string, ClockReading>();
  #isGuardOffTold = false;

  constructor(runtime: Runtime, onGuardOff: () => void) {
    this.#runtime = runtime;
    this.#onGuardOff = onGuardOff;
  }

  read(reply: BatchReply): NodeEvidence {
    if (reply[0] === notAsked || isRefusedAsWhole(reply)) return noEvidence;
    const uptimeSeconds = Number(reply[1]);
    const role = Number(reply[2]);
    const runId = reply[0];
    if (runId === "" || uptimeSeconds < 0) return this.#withoutPermission(role);
    // Both the uptime and the start time that it counts from are floored to a second.
    let memoryAgeMs = Math.max(0, (uptimeSeconds - 1) * 1000);
    // A server says no longer that it was promoted once it had no replicas for its repl-backlog-ttl.
    if (role === 2 || this.#promotedSince.has(runId)) memoryAgeMs = Math.min(memoryAgeMs, this.#promotedForMs(runId));
    return { runId, memoryAgeMs, replica: role === 1 };
  }

  #withoutPermission(role: number): NodeEvidence {
    if (!this.#isGuardOffTold) {
      this.#isGuardOffTold = true;
      this.#onGuardOff();
    }
    return { runId: undefined, memoryAgeMs: undefined, replica: role === 1 };
  }

  /**
   * A promoted replica's own uptime says nothing: it may have been behind its master when that died. So it counts from
   * when it was first seen, by the clock that moved least.
   */
  #promotedForMs(runId: string): number {
    const now = this.#runtime.readClocks();
    const since = this.#promotedSince.get(runId);
    if (since === undefined) {
      if (this.#promotedSince.size >= mostRunIds) this.#promotedSince.clear();
      this.#promotedSince.set(runId, now);
      return 0;
    }
    const elapsedMs = Math.min(
      now.monotonicMs - since.monotonicMs,
      now.wallMs - since.wallMs,
      now.bootMs - since.bootMs,
    );
    return Math.max(0, elapsedMs);
  }
}

/** LOADING, NOAUTH and the like: the script did not run, so the missing run id says nothing about permissions. */
function isRefusedAsWhole(reply: BatchReply): boolean {
  const first = reply[3];
  return reply[0] === "" && typeof first === "object" && first[0] === "error";
}

/** Of a reply that proves nothing, or of an answer that needed no node. */
export const noEvidence: NodeEvidence = { runId: undefined, memoryAgeMs: undefined, replica: false };
