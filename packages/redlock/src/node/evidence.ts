/**
 * What a reply's header proves about the node's memory.
 *
 * Everything errs towards "younger": the restart guard then keeps a node out too long, never too short.
 */
import type { NodeEvidence } from "../core/vote.ts";
import type { ClockReading, Runtime } from "../runtime/runtime.ts";
import type { BatchReply } from "./connection.ts";
import { elapsedMs } from "./known-server.ts";
import { notAsked, nothingToTell, readLife, type ToldLife } from "./life-record.ts";

/** A node has one; a Redis Cluster used as one node has one in each slot. */
const mostRecords = 16_384;

interface Sight {
  readonly life: string;
  /** Since when, where another one was known there before. */
  readonly since: ClockReading | undefined;
}

export class EvidenceReader {
  readonly #runtime: Runtime;
  readonly #onGuardOff: () => void;
  /** The life that was last seen, by the key of its record. */
  readonly #sights = new Map<string, Sight>();
  #isGuardOffTold = false;
  #lastText = "";
  #lastTold: ToldLife = readLife("");

  constructor(runtime: Runtime, onGuardOff: () => void) {
    this.#runtime = runtime;
    this.#onGuardOff = onGuardOff;
  }

  read(reply: BatchReply): NodeEvidence {
    if (reply[0] === notAsked || isRefusedAsWhole(reply)) return noEvidence;
    if (reply[0] === nothingToTell) return this.#withoutPermission();
    const { runId, record: life, key, cause } = this.#parse(reply[0]);
    const replica = Number(reply[2]) === 1;
    if (life === undefined) return { runId, life: "", memoryAgeMs: 0, cause, replica };
    const memoryAgeMs = Math.min(Math.max(0, Number(reply[1]) || 0), this.#knownForMs(key, life));
    return { runId, life, memoryAgeMs, cause, replica };
  }

  #withoutPermission(): NodeEvidence {
    if (!this.#isGuardOffTold) {
      this.#isGuardOffTold = true;
      this.#onGuardOff();
    }
    return unguarded;
  }

  /** Nearly always the same text as before. */
  #parse(text: string): ToldLife {
    if (text !== this.#lastText) {
      this.#lastText = text;
      this.#lastTold = readLife(text);
    }
    return this.#lastTold;
  }

  /**
   * A server that comes back to an address remembers all that it was told, but not what another one was told there
   * meanwhile. Only who saw that one can know.
   */
  #knownForMs(key: string, life: string): number {
    const sight = this.#sights.get(key);
    if (sight?.life === life) {
      return sight.since === undefined ? Infinity : elapsedMs(sight.since, this.#runtime.readClocks());
    }
    if (this.#sights.size >= mostRecords) this.#sights.clear();
    this.#sights.set(key, { life, since: sight === undefined ? undefined : this.#runtime.readClocks() });
    return sight === undefined ? Infinity : 0;
  }
}

/** LOADING, NOAUTH and the like: the script did not run, so the missing run id says nothing about permissions. */
function isRefusedAsWhole(reply: BatchReply): boolean {
  const first = reply[3];
  return reply[0] === "" && typeof first === "object" && first[0] === "error";
}

/** Of a node that cannot say how old its memory is, and counts all the same: its user was told so. */
export const unguarded: NodeEvidence = {
  runId: undefined,
  life: "",
  memoryAgeMs: Infinity,
  cause: "",
  replica: false,
};

/** Of a reply that proves nothing, or of an answer that needed no node. */
export const noEvidence: NodeEvidence = {
  runId: undefined,
  life: "",
  memoryAgeMs: 0,
  cause: "",
  replica: false,
};
