/**
 * What a machine believes about time, given what time really is.
 *
 * A lock over several machines is a claim about clocks, and clocks lie in different ways: a rate that is a little off,
 * a wall clock that is stepped by NTP or an operator, a monotonic clock that stands still while the machine is
 * suspended. Each is a separate fault here, because each is defeated by a different rule of the algorithm.
 */
import type { ClockReading } from "@quorate/redlock/node";

/** True time, which nobody inside the simulated world can read. */
export interface TrueTime {
  readonly nowMs: number;
}

export interface ClockOptions {
  /** Local milliseconds per true millisecond; 1.005 gains five seconds in a thousand. */
  readonly rate?: number;
  /** What the wall clock shows at true time 0. */
  readonly wallAtZeroMs?: number;
}

/** True time 0 is Midnight, 1 January 2026: a wall clock near 0 would make fencing tokens that no real run could see. */
export const EPOCH_MS = 1_767_225_600_000;

/** The three clocks of one machine. */
export class MachineClocks {
  readonly #time: TrueTime;
  #rate: number;
  /** Local time that passed until the last change of rate, and the true time of that change. */
  #elapsedAtChangeMs = 0;
  #changedAtMs = 0;
  #wallOffsetMs: number;
  #suspendedMs = 0;
  #suspendedSinceMs: number | undefined;

  constructor(time: TrueTime, options: ClockOptions = {}) {
    this.#time = time;
    this.#rate = options.rate ?? 1;
    // A machine that joins later was right until then, too.
    this.#elapsedAtChangeMs = time.nowMs;
    this.#changedAtMs = time.nowMs;
    this.#wallOffsetMs = options.wallAtZeroMs ?? EPOCH_MS;
  }

  get rate(): number {
    return this.#rate;
  }

  /** Time since the machine was started, suspends included. */
  get bootMs(): number {
    return this.#elapsedAtChangeMs + (this.#time.nowMs - this.#changedAtMs) * this.#rate;
  }

  get wallMs(): number {
    return this.bootMs + this.#wallOffsetMs;
  }

  get monotonicMs(): number {
    const bootMs = this.#suspendedSinceMs ?? this.bootMs;
    return bootMs - this.#suspendedMs;
  }

  /** As a program on Linux reads them: the wall clock in whole milliseconds, the boot clock in hundredths of a second. */
  read(): ClockReading {
    return {
      monotonicMs: this.monotonicMs,
      wallMs: Math.floor(this.wallMs),
      bootMs: Math.floor(this.bootMs / 10) * 10,
    };
  }

  /** What the clocks would show if they could be read exactly. */
  readExactly(): ClockReading {
    return { monotonicMs: this.monotonicMs, wallMs: this.wallMs, bootMs: this.bootMs };
  }

  stepWall(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }

  setRate(rate: number): void {
    this.#elapsedAtChangeMs = this.bootMs;
    this.#changedAtMs = this.#time.nowMs;
    this.#rate = rate;
  }

  /** From now until `wake` the monotonic clock stands still, as on Linux. */
  suspend(): void {
    this.#suspendedSinceMs ??= this.bootMs;
  }

  wake(): void {
    if (this.#suspendedSinceMs === undefined) return;
    this.#suspendedMs += this.bootMs - this.#suspendedSinceMs;
    this.#suspendedSinceMs = undefined;
  }

  /** How much true time must pass until `localMs` have passed here, if nothing changes. */
  trueDelayMs(localMs: number): number {
    return localMs / this.#rate;
  }
}
