/** Who is inside, by his own clock: throws when somebody is beside whom he keeps out. */
import assert from "node:assert/strict";

import type { LockMode } from "@quorate/redlock/node";

/** What a `Lock` says of itself. */
export interface Inside {
  readonly mode: LockMode;
  readonly permits: readonly number[];
  isHeld(): boolean;
}

export class Room {
  readonly #most: number;
  #inside: Inside[] = [];

  /** `most`: how many permits there are. */
  constructor(most: number = Infinity) {
    this.#most = most;
  }

  /** How many are inside. */
  get count(): number {
    return this.#inside.filter((lock) => lock.isHeld()).length;
  }

  enter(lock: Inside): void {
    if (!lock.isHeld()) return;
    const others = this.#inside.filter((other) => other.isHeld());
    for (const other of others) {
      assert.equal(other.mode, lock.mode, `${lock.mode} beside ${other.mode}`);
      assert.notEqual(lock.mode, "exclusive", "exclusive beside exclusive");
      const twin = lock.permits.find((number) => other.permits.includes(number));
      assert.equal(twin, undefined, `number ${twin} is held twice`);
    }
    this.#inside = [...others, lock];
    const taken = this.#inside.flatMap(({ permits }) => permits).length;
    assert.ok(taken <= this.#most, `${taken} of ${this.#most} permits are held`);
  }

  leave(lock: Inside): void {
    this.#inside = this.#inside.filter((other) => other !== lock);
  }
}
