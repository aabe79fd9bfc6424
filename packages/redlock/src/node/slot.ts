/** Where a Redis Cluster keeps a key. */

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
export function hashTagOf(key: string): string | undefined {
  const open = key.indexOf("{");
  const close = open < 0 ? -1 : key.indexOf("}", open + 1);
  return close > open + 1 ? key.slice(open + 1, close) : undefined;
}

const knownTags = new Map<number, string>();
let triedCount = 0;

/** A number whose slot is that of `key`: for keys that no hash tag can be made of. The same in every process. */
export function tagInSlotOf(key: string): string {
  const slot = slotOf(key);
  for (let tag = knownTags.get(slot); ; tag = knownTags.get(slot)) {
    if (tag !== undefined) return tag;
    const next = String(triedCount++);
    const nextSlot = slotOf(next);
    if (!knownTags.has(nextSlot)) knownTags.set(nextSlot, next);
  }
}
