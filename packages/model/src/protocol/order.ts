/** Whether fencing tokens rise: a newcomer's is above those of all earlier holders that it could not have been beside. */
import type { Layout } from "./layout.ts";

export class Order {
  readonly #layout: Layout;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /** Notes in the state under what a lock was won, and whether that is not above the others. */
  noteWin(s: Uint8Array, token: number, fence: number): void {
    const at = this.#layout;
    const { beside } = at;
    const mode = at.mode(token);
    let own = at.lastWon;
    this.#compare(s, at.lastWon, fence);
    if (beside !== undefined && mode === "shared") own = beside.lastShared();
    if (beside !== undefined && mode === "exclusive") this.#compare(s, beside.lastShared(), fence);
    for (let permit = 0; permit < (beside?.permits ?? 0); permit++) {
      const isWon = (s[beside!.won(token)]! & (1 << permit)) !== 0;
      if (isWon) own = beside!.lastOf(permit);
      if (isWon || mode === "exclusive") this.#compare(s, beside!.lastOf(permit), fence);
    }
    s[own] = Math.max(s[own]!, fence);
  }

  #compare(s: Uint8Array, last: number, fence: number): void {
    if (fence <= s[last]!) s[this.#layout.orderBroken] = 1;
  }
}
