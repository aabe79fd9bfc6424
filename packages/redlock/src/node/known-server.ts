/**
 * Which life of a server a connection last saw, so that the script need not describe it in every call: two thirds of what
 * a description costs is INFO's first section.
 *
 * A life is known by its `master_replid`, which a server draws anew when it starts and when it is promoted. It is
 * compared on the node, in the same script call as the operations, so that still no restart can hide between an answer
 * and a check: nothing is believed here that was not confirmed there.
 */
import type { ClockReading, Runtime } from "../runtime/runtime.ts";
import type { BatchReply } from "./connection.ts";
import type { Operation } from "./operation.ts";

/** What the script answers instead of a description, when the life is the one that it was asked about. */
const isTheSame = "=";
/** What it is asked, and answers, where nobody cares. */
export const notAsked = "-";
const runIdLength = 40;
/**
 * Once a clock was set, the server is asked anew: for as long as the wall clock was set back, a server that had just been
 * started would else stay as young as it was then.
 */
const mostDisagreementMs = 1000;

interface Life {
  readonly id: string;
  readonly runId: string;
  readonly uptimeSeconds: number;
  readonly role: number;
  readonly toldAt: ClockReading;
}

/** What a call was written with; its reply may only be read with the same. */
export interface AskedLife {
  /** For the script; "" when none is known, "-" when the caller does not ask. */
  readonly id: string;
  readonly life: Life | undefined;
  readonly writtenAt: ClockReading;
}

export class KnownServer {
  readonly #runtime: Runtime;
  #life: Life | undefined;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** For a call that is written now. A release counts whatever the node has forgotten, so nobody asks. */
  ask(operations: readonly Operation[]): AskedLife {
    const life = this.#life;
    const writtenAt = this.#runtime.readClocks();
    if (life === undefined || disagreementMs(life.toldAt, writtenAt) > mostDisagreementMs) {
      return { id: "", life: undefined, writtenAt };
    }
    return { id: operations.every(isRelease) ? notAsked : life.id, life, writtenAt };
  }

  /** The reply with the whole description in its header. */
  complete(reply: BatchReply, asked: AskedLife): BatchReply {
    const header = reply as unknown as [string, number, number];
    const told = reply[0];
    const { life } = asked;
    if (told === isTheSame && life !== undefined) {
      header[0] = life.runId;
      header[1] = life.uptimeSeconds + secondsBetween(life.toldAt, asked.writtenAt);
      header[2] = life.role;
    } else if (told !== notAsked) {
      this.#life = this.#lifeIn(reply);
      header[0] = told.slice(0, runIdLength);
    }
    return reply;
  }

  #lifeIn([told, uptimeSeconds, role]: BatchReply): Life | undefined {
    if (told.length <= runIdLength) return undefined;
    return {
      id: told.slice(runIdLength),
      runId: told.slice(0, runIdLength),
      uptimeSeconds: Number(uptimeSeconds),
      role: Number(role),
      toldAt: this.#runtime.readClocks(),
    };
  }
}

function isRelease({ kind }: Operation): boolean {
  return kind === "release";
}

/** By the clock that moved least: a server must never seem to remember for longer than it does. */
function secondsBetween(from: ClockReading, to: ClockReading): number {
  const elapsedMs = Math.min(to.monotonicMs - from.monotonicMs, to.wallMs - from.wallMs, to.bootMs - from.bootMs);
  return Math.max(0, Math.floor(elapsedMs / 1000));
}

/** How far the others have moved from the monotonic clock. */
function disagreementMs(from: ClockReading, to: ClockReading): number {
  const monotonicMs = to.monotonicMs - from.monotonicMs;
  return Math.max(Math.abs(to.wallMs - from.wallMs - monotonicMs), Math.abs(to.bootMs - from.bootMs - monotonicMs));
}
