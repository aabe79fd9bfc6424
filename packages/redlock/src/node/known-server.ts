/**
 * Which life of a server a connection last saw, so that the script need not describe it in every call: two thirds of what
 * a description costs is INFO's first section.
 *
 * A life is known by its record (life-record.ts), which names a server's `master_replid`. Both are compared on the node,
 * in the same script call as the operations, so that still nothing that was forgotten can hide between an answer and a
 * check: nothing is believed here that was not confirmed there.
 */
import type { ClockReading, Runtime } from "../runtime/runtime.ts";
import type { BatchReply } from "./connection.ts";
import { notAsked, readLife } from "./life-record.ts";
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
export function elapsedMs(from: ClockReading, to: ClockReading): number {
  const leastMs = Math.min(to.monotonicMs - from.monotonicMs, to.wallMs - from.wallMs, to.bootMs - from.bootMs);
  return Math.max(0, Math.floor(leastMs));
}

/** How far the others have moved from the monotonic clock. */
function disagreementMs(from: ClockReading, to: ClockReading): number {
  const monotonicMs = to.monotonicMs - from.monotonicMs;
  return Math.max(Math.abs(to.wallMs - from.wallMs - monotonicMs), Math.abs(to.bootMs - from.bootMs - monotonicMs));
}
