/**
 * Three clocks read at one moment, in milliseconds. The zero points differ, so only differences of the same clock mean
 * anything. Why three: the monotonic clock stands still while a Linux machine is suspended, the wall clock can be
 * stepped, and a suspend together with a backward step defeats those two at once.
 */
export interface ClockReading {
  readonly monotonicMs: number;
  readonly wallMs: number;
  readonly bootMs: number;
}
