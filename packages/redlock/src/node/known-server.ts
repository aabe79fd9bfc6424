/**
 * Which life of a server a connection last saw, so that the script need not describe it in every call: two thirds of what
 * a description costs is INFO's first section.
 *
 * A life is known by its record (life-record.ts), which names a server's `master_replid`. Both are compared on the node,
 * in the same script call as the operations, so that still nothing that was forgotten can hide between an answer and a
 * check: nothing is believed here that was not confirmed there.
 */
import type { NodeEvidence } from "../core/vote.ts";
import type { ClockReading, Runtime } from "../runtime/runtime.ts";
import type { BatchReply } from "./connection.ts";
import { notAsked, nothingToTell, readLife, type ToldLife } from "./life-record.ts";
import type { Operation } from "./operation.ts";

/** What the script answers instead of a description, when the life is the one that it was asked about. */
const isTheSame = "=";
/**
 * Once a clock was set, the server is asked anew: for as long as the wall clock was set back, a server that had just been
 * started would else stay as young as it was then.
 */
const mostDisagreementMs = 1000;

interface Life {
  /** The record's text. */
  readonly id: string;
  /** As the script told it. */
  readonly told: string;
  readonly memoryAgeMs: number;
  readonly toldAt: ClockReading;
}

/** What a call was written with; its reply may only be read with the same. */
export interface AskedLife {
  /** For the script; "" when none is known, "-" when the caller does not ask. */
  readonly id: string;
  readonly life: Life | undefined;
  readonly writtenAt: ClockReading;
}

/** For each connection to one server: what to ask it, and the reply as if it had described itself. */
export class KnownServer {
  readonly #runtime: Runtime;
  #life: Life | undefined;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** For a call that is written now. A release counts whatever the node has forgotten, so it does not ask for the life. */
  ask(operations: readonly Operation[]): AskedLife {
    const life = this.#life;
    const writtenAt = this.#runtime.readClocks();
    if (operations.every(isRelease)) return { id: notAsked, life, writtenAt };
    if (life === undefined || disagreementMs(life.toldAt, writtenAt) > mostDisagreementMs) {
      return { id: "", life: undefined, writtenAt };
    }
    return { id: life.id, life, writtenAt };
  }

  /** The reply with the whole description in its header. */
  complete(reply: BatchReply, asked: AskedLife): BatchReply {
    const header = reply as unknown as [string, number, number];
    const told = reply[0];
    const { life } = asked;
    if (told === isTheSame && life !== undefined) {
      header[0] = life.told;
      header[1] = life.memoryAgeMs + elapsedMs(life.toldAt, asked.writtenAt);
      header[2] = 0;
    } else if (told !== notAsked) {
      this.#life = this.#lifeIn(reply);
    }
    return reply;
  }

  #lifeIn([told, memoryAgeMs]: BatchReply): Life | undefined {
    const { runId, record: id } = readLife(told);
    // Without INFO the script cannot confirm a life.
    if (runId === undefined || id === undefined) return undefined;
    return { id, told, memoryAgeMs: Number(memoryAgeMs), toldAt: this.#runtime.readClocks() };
  }
}

function isRelease({ kind }: Operation): boolean {
  return kind === "release";
}

/** By the clock that moved least: a server must never seem to remember for longer than it does. */
function elapsedMs(from: ClockReading, to: ClockReading): number {
  const leastMs = Math.min(to.monotonicMs - from.monotonicMs, to.wallMs - from.wallMs, to.bootMs - from.bootMs);
  return Math.max(0, Math.floor(leastMs));
}

/** How far the others have moved from the monotonic clock. */
function disagreementMs(from: ClockReading, to: ClockReading): number {
  const monotonicMs = to.monotonicMs - from.monotonicMs;
  return Math.max(Math.abs(to.wallMs - from.wallMs - monotonicMs), Math.abs(to.bootMs - from.bootMs - monotonicMs));
}

/** A node has one; a Redis Cluster used as one node has one in each slot. */
const mostRecords = 16_384;

interface Sight {
  readonly life: string;
  /** Since when, where another one was known there before. */
  readonly since: ClockReading | undefined;
}

/**
 * What a reply's header proves about the node's memory. Everything errs towards "younger": the restart guard then keeps a
 * node out too long, never too short.
 */
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

/** Stands for a reply that proves nothing of its server, or for a vote that no node gave. */
export const noEvidence: NodeEvidence = {
  runId: undefined,
  life: "",
  memoryAgeMs: 0,
  cause: "",
  replica: false,
};

/** Stands for a node that cannot say how old its memory is. Its votes count all the same: a warning has said so. */
export const unguarded: NodeEvidence = { ...noEvidence, memoryAgeMs: Infinity };
