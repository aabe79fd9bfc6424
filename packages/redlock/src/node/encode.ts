/**
 * Operations as the arguments of one script call. The layout is described in lua/dispatcher.lua and in the header of
 * each verb. Plain loops, here and where batches are made: iterators were a tenth of the garbage of a busy lock.
 */
import { fenceKey, type LinePlace, type Operation } from "./operation.ts";

/** Of every number below 2^53: places in a line are sorted as text. */
const TICKET_LENGTH = 16;

/**
 * Appends "number of keys", KEYS and ARGV for `operations` to `into`. `prefix` is put before every lock key, so that
 * the fence keys and announcements of a prefixed key are the same whoever adds the prefix. `knownLife`: see
 * known-server.ts; without it the reply describes the node.
 */
export function encodeOperations(
  operations: readonly Operation[],
  prefix: string,
  into: string[],
  knownLife: string = "",
): void {
  const countAt = into.push("") - 1;
  for (const operation of operations) pushKeys(operation, prefix, into);
  into[countAt] = String(into.length - countAt - 1);
  into.push(knownLife);
  for (const operation of operations) into.push(specOf(operation));
}

/** The keys that an operation reads or writes, in the order of its KEYS. */
export function pushKeys(operation: Operation, prefix: string, into: string[]): void {
  const { keys } = operation;
  for (let index = 0; index < keys.length; index += 1) into.push(prefix + (keys[index] as string));
  if ("fence" in operation && operation.fence === 0) return;
  for (let index = 0; index < keys.length; index += 1) into.push(fenceKey(prefix + (keys[index] as string)));
}

/** The one text that stands for an operation in ARGV. */
export function specOf(operation: Operation): string {
  const count = operation.keys.length;
  switch (operation.kind) {
    case "acquire":
    case "heal": {
      const { fence, ttlMs, fenceRetentionMs, token } = operation;
      const numbers = `${count} ${fence} ${ttlMs} ${ttlMs + fenceRetentionMs}`;
      if (operation.kind === "heal") return `h${numbers} ${token}`;
      if (operation.place === undefined || fence === 0) return `a${numbers} ${token}`;
      return `w${numbers} ${placeText(operation.place)} ${token}`;
    }
    case "extend": {
      const { fence, ttlMs, fenceRetentionMs, token } = operation;
      return `e${count} ${fence} ${ttlMs} ${fenceRetentionMs} ${token}`;
    }
    case "release": {
      const flags = (operation.bury ? 1 : 0) + (operation.announce ? 2 : 0);
      const numbers = `${count} ${operation.fence} ${flags} ${operation.buryMs}`;
      if (operation.place === undefined || operation.fence === 0) return `r${numbers} ${operation.token}`;
      return `b${numbers} ${placeText(operation.place)} ${operation.token}`;
    }
    case "leave":
      return `l${count} 1 ${operation.waiter}`;
    case "inspect":
      return `i${count} 1 `;
  }
}

function placeText({ ticket, waiter, keepMs }: LinePlace): string {
  return `${keepMs} ${String(ticket).padStart(TICKET_LENGTH, "0")} ${waiter}`;
}

/** About how many bytes an operation adds to a script call; bounds the size of a batch. */
export function estimateBytes(operation: Operation): number {
  let byteCount = 128;
  const { keys } = operation;
  for (let index = 0; index < keys.length; index += 1) byteCount += 2 * (keys[index] as string).length + 32;
  return byteCount;
}
