/** The wall clock of one running server, which tests can move. The file's layout is explained in clock-shim.c. */
import { closeSync, openSync, writeSync } from "node:fs";

const settingByteLength = 3 * 8;
const millionth = 1_000_000;

/** Moves what one server believes the time to be, at once and without a restart. */
export class ServerClock {
  readonly #file: number;
  #inForce = 0;
  #offsetUs = 0;
  #sinceUs = 0;
  #driftPpm = 0;

  /** `path`: the file that the server's shim reads; it is made here. `offsetMs`: how far ahead the clock starts. */
  constructor(path: string, offsetMs: number) {
    this.#file = openSync(path, "w", 0o600);
    writeSync(this.#file, Buffer.alloc(8 + 2 * settingByteLength), 0, undefined, 0);
    this.#set(offsetMs * 1_000, 0);
  }

  /** How far the server's clock is ahead of the true one now, in milliseconds; negative when behind. */
  get offsetMs(): number {
    return this.#shownOffsetUs(trueUs()) / 1_000;
  }

  /** Steps the clock by so many milliseconds, backward when negative. In force at once. */
  jump(byMs: number): void {
    this.#set(this.#shownOffsetUs(trueUs()) + byMs * 1_000, this.#driftPpm);
  }

  /** Lets the clock run fast by this many parts per million from now on, slow when negative; 10 000 is 1 %. */
  drift(partsPerMillion: number): void {
    this.#set(this.#shownOffsetUs(trueUs()), partsPerMillion);
  }

  /** Back to the true time and rate. */
  reset(): void {
    this.#set(0, 0);
  }

  /** Lets go of the file; the server keeps its last setting. */
  close(): void {
    closeSync(this.#file);
  }

  #shownOffsetUs(nowUs: number): number {
    return this.#offsetUs + ((nowUs - this.#sinceUs) * this.#driftPpm) / millionth;
  }

  #set(offsetUs: number, driftPpm: number): void {
    this.#offsetUs = Math.round(offsetUs);
    this.#sinceUs = trueUs();
    this.#driftPpm = Math.round(driftPpm);
    const next = 1 - this.#inForce;
    const setting = new BigInt64Array([this.#offsetUs, this.#sinceUs, this.#driftPpm].map(BigInt));
    writeSync(this.#file, new Uint8Array(setting.buffer), 0, undefined, 8 + next * settingByteLength);
    writeSync(this.#file, new Uint8Array(new BigInt64Array([BigInt(next)]).buffer), 0, undefined, 0);
    this.#inForce = next;
  }
}

function trueUs(): number {
  return Date.now() * 1_000;
}
