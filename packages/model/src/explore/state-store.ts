/**
 * A set of states, each of the same number of bytes, numbered in the order in which they came. Whole states are
 * compared, not only their hashes: two states are never taken for one. The queue of a breadth-first search is the
 * store itself.
 */
const CHUNK_STATES = 1 << 16;
const FIRST_SLOTS = 1 << 16;

export class StateStore {
  /** In words of four bytes. */
  readonly #size: number;
  readonly #chunks: Uint32Array[] = [];
  /** State number to the number of the state it was reached from. */
  #parents = new Uint32Array(CHUNK_STATES);
  /** Open addressing, two words a slot: state number + 1, and its hash, so that few states must be looked at. */
  #slots = new Uint32Array(2 * FIRST_SLOTS);
  count = 0;

  /** `size`: bytes of a state, a multiple of four. */
  constructor(size: number) {
    this.#size = size / 4;
  }

  /** Whether the state is new; it is kept then. */
  add(state: Uint32Array, parent: number): boolean {
    if (this.count * 4 >= this.#slots.length) this.#grow();
    const hashed = hash(state);
    const mask = this.#slots.length - 2;
    let slot = (hashed * 2) & mask;
    for (let taken = this.#slots[slot]!; taken !== 0; taken = this.#slots[slot]!) {
      if (this.#slots[slot + 1] === hashed && this.#equals(taken - 1, state)) return false;
      slot = (slot + 2) & mask;
    }
    this.#slots[slot] = this.count + 1;
    this.#slots[slot + 1] = hashed;
    this.#append(state, parent);
    return true;
  }

  copyTo(index: number, target: Uint32Array): void {
    const chunk = this.#chunks[Math.floor(index / CHUNK_STATES)]!;
    const start = (index % CHUNK_STATES) * this.#size;
    for (let i = 0; i < this.#size; i++) target[i] = chunk[start + i]!;
  }

  parentOf(index: number): number {
    return this.#parents[index]!;
  }

  #append(state: Uint32Array, parent: number): void {
    const at = this.count % CHUNK_STATES;
    if (at === 0) {
      this.#chunks.push(new Uint32Array(CHUNK_STATES * this.#size));
      if (this.count >= this.#parents.length) {
        const longer = new Uint32Array(this.#parents.length * 2);
        longer.set(this.#parents);
        this.#parents = longer;
      }
    }
    this.#chunks[this.#chunks.length - 1]!.set(state, at * this.#size);
    this.#parents[this.count] = parent;
    this.count++;
  }

  #equals(index: number, state: Uint32Array): boolean {
    const chunk = this.#chunks[Math.floor(index / CHUNK_STATES)]!;
    const start = (index % CHUNK_STATES) * this.#size;
    for (let i = 0; i < this.#size; i++) if (chunk[start + i] !== state[i]) return false;
    return true;
  }

  #grow(): void {
    const old = this.#slots;
    const slots = new Uint32Array(old.length * 2);
    const mask = slots.length - 2;
    for (let from = 0; from < old.length; from += 2) {
      if (old[from] === 0) continue;
      let slot = (old[from + 1]! * 2) & mask;
      while (slots[slot] !== 0) slot = (slot + 2) & mask;
      slots[slot] = old[from]!;
      slots[slot + 1] = old[from + 1]!;
    }
    this.#slots = slots;
  }
}

/** FNV-1a over the words, with the high bits mixed into the low ones, which choose the slot. */
function hash(state: Uint32Array): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < state.length; i++) value = Math.imul(value ^ state[i]! ^ (value >>> 15), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  return (value ^ (value >>> 15)) >>> 0;
}
