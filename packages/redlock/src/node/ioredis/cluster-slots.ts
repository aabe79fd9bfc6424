/** A Redis Cluster runs a script only where all its keys share a slot: which operations may travel together. */
import { notWritten } from "../decode.ts";
import type { Operation } from "../operation.ts";
import { slotOf } from "../keys.ts";

export interface Split {
  /** Indexes of operations per slot, in order; together with `refused` all of them. */
  readonly parts: readonly (readonly number[])[];
  /** Operations whose own keys live in several slots. */
  readonly refused: readonly number[];
  readonly refusal: string;
}

const refusal =
  `${notWritten} the resources of one lock live in several slots of this Redis Cluster; ` +
  'give them a common hash tag, e.g. "{order:42}:items" and "{order:42}:payment"';

export function splitBySlot(operations: readonly Operation[], keyPrefix: string): Split {
  const bySlot = new Map<number, number[]>();
  const refused: number[] = [];
  operations.forEach((operation, index) => {
    const slot = commonSlot(operation.keys, keyPrefix);
    const part = slot === undefined ? refused : bySlot.get(slot);
    if (part === undefined) bySlot.set(slot as number, [index]);
    else part.push(index);
  });
  return { parts: [...bySlot.values()], refused, refusal };
}

function commonSlot(keys: readonly string[], keyPrefix: string): number | undefined {
  const slot = slotOf(keyPrefix + (keys[0] ?? ""));
  return keys.every((key) => slotOf(keyPrefix + key) === slot) ? slot : undefined;
}
