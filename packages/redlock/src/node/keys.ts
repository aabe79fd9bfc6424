/** The names of what a node keeps of a resource, and announces; and where a Redis Cluster keeps them. */

/**
 * The key that holds a resource's highest fencing token; see lua/shared.lua. It hashes to the same Redis Cluster slot as
 * the lock key: by the key's own hash tag; by the key as a tag; or, where a "}" in it would end that, by a number that has its slot.
 */
export function fenceKey(lockKey: string): string {
  if (hashTagOf(lockKey) !== undefined) return `${lockKey}:fence`;
  return lockKey.includes("}") ? `{${slotTags.inSlotOf(lockKey)}}${lockKey}:fence` : `{${lockKey}}:fence`;
}

/** What is kept beside a fence key of who holds the resource together, and of who waits; see lua/holders.lua and lua/line.lua. */
export function besideKey(fenceKeyOf: string, name: "holders" | "slots" | "buried" | "line"): string {
  return fenceKeyOf.slice(0, -"fence".length) + name;
}

/**
 * The channel on which each node announces that a lock key was released: "" for everybody. A waiter whose turn it is
 * is told on the channel of its `process`, what stands before the "." in its name: "<waiter>" when it may ask, and
 * "<waiter> <T> <number> <life> <token>" when it has been given the key.
 */
export function releaseChannel(lockKey: string, process?: string): string {
  return process === undefined ? `${lockKey}:released` : `${lockKey}:released:${process}`;
}

/** Of a Redis Cluster. */
const SLOT_COUNT = 16_384;

/** CRC16 (XMODEM) of the hash tag, or of the whole key, modulo 16 384. */
export function slotOf(key: string): number {
  let crc = 0;
  for (const byte of new TextEncoder().encode(hashTagOf(key) ?? key)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021;
    crc &= 0xffff;
  }
  return crc % SLOT_COUNT;
}

/** What stands between the first "{" and the next "}"; `undefined` where there is none, or nothing in it. */
function hashTagOf(key: string): string | undefined {
  const open = key.indexOf("{");
  const close = open < 0 ? -1 : key.indexOf("}", open + 1);
  return close > open + 1 ? key.slice(open + 1, close) : undefined;
}

/** A series of names, by the slot that each hashes to: `nameOf(0)`, `nameOf(1)`, ... It is the same in every process. */
export class SlotNames {
  readonly #nameOf: (count: number) => string;
  readonly #bySlot = new Map<number, string>();
  #triedCount = 0;

  constructor(nameOf: (count: number) => string) {
    this.#nameOf = nameOf;
  }

  /** The first of the series in the slot of `key`. */
  inSlotOf(key: string): string {
    const slot = slotOf(key);
    for (let name = this.#bySlot.get(slot); ; name = this.#bySlot.get(slot)) {
      if (name !== undefined) return name;
      const next = this.#nameOf(this.#triedCount++);
      const nextSlot = slotOf(next);
      if (!this.#bySlot.has(nextSlot)) this.#bySlot.set(nextSlot, next);
    }
  }
}

/** Numbers, for keys that no hash tag can be made of. */
const slotTags = new SlotNames(String);

/** What a client puts before every key, as text. Throws `TypeError` for what no bytes stand for: see `checkWellFormed`. */
export function keyPrefixText(prefix: string | Uint8Array | undefined): string {
  const text = typeof prefix === "object" ? new TextDecoder().decode(prefix) : (prefix ?? "");
  if (text.isWellFormed()) return text;
  throw new TypeError(`A client's keyPrefix must have no lone surrogates, got ${JSON.stringify(text)}.`);
}
