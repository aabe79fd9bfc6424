/** How much of a script call an operation fills: a call must be short, and must not keep the node from others for long. */
import type { Operation } from "./operation.ts";

const mostBytes = 64 * 1024;
/** In units of the node's time, about 10 µs: what a plain operation takes. A full call blocks it for some milliseconds. */
const mostUnits = 512;
/** What is held beside others is kept in several keys. */
const besideUnits = 8;
/** Each operation on permits reads all the numbers: of a thousand, for milliseconds. */
const numbersPerUnit = 4;
/** Of a lost round nobody knows which a node gave. */
const unknownNumbers = 255;

/** As a part of what a call may carry. */
export function loadOf(operation: Operation): number {
  return Math.max(bytesOf(operation) / mostBytes, unitsOf(operation) / mostUnits);
}

/** About how many it adds to a call. */
function bytesOf({ keys }: Operation): number {
  let byteCount = 128;
  for (let index = 0; index < keys.length; index += 1) byteCount += 2 * (keys[index] as string).length + 32;
  return byteCount;
}

function unitsOf(operation: Operation): number {
  if (operation.kind === "inspect" || operation.kind === "notice") return 1;
  if ("permits" in operation && operation.permits !== undefined) return unitsOfNumbers(operation.permits.of);
  // Who has some of the numbers knows only that there are at least as many as the highest says.
  if ("slots" in operation && operation.slots !== undefined) {
    return unitsOfNumbers((operation.slots.at(-1) ?? unknownNumbers) + 1);
  }
  return operation.shared === undefined ? 1 : besideUnits;
}

function unitsOfNumbers(count: number): number {
  return besideUnits + count / numbersPerUnit;
}
