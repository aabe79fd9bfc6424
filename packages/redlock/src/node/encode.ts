/**
 * Operations as the arguments of one script call. The layout is described in lua/dispatcher.lua and in the header of
 * each verb.
 */
import { fenceKey, type Operation } from "./operation.ts";

/**
 * Appends "number of keys", KEYS and ARGV for `operations` to `into`. `prefix` is put before every lock key, so that
 * the fence keys and announcements of a prefixed key are the same whoever adds the prefix.
 */
export function encodeOperations(operations: readonly Operation[], prefix: string, into: string[]): void {
  const countAt = into.push("") - 1;
  for (const operation of operations) pushKeys(operation, prefix, into);
  into[countAt] = String(into.length - countAt - 1);
  for (const operation of operations) pushArguments(operation, into);
}

function pushKeys(operation: Operation, prefix: string, into: string[]): void {
  const { keys } = operation;
  for (const key of keys) into.push(prefix + key);
  if (operation.kind !== "inspect" && operation.fence === 0) return;
  for (const key of keys) into.push(fenceKey(prefix + key));
}

function pushArguments(operation: Operation, into: string[]): void {
  const count = operation.keys.length;
  switch (operation.kind) {
    case "acquire":
    case "heal":
      into.push(
        (operation.kind === "acquire" ? "a" : "h") + count,
        String(operation.fence),
        operation.token,
        String(operation.ttlMs),
        String(operation.ttlMs + operation.fenceRetentionMs),
      );
      return;
    case "extend":
      into.push(
        `e${count}`,
        String(operation.fence),
        operation.token,
        String(operation.ttlMs),
        String(operation.longestTtlMs),
        String(operation.fenceRetentionMs),
      );
      return;
    case "release":
      into.push(
        `r${count}`,
        String(operation.fence),
        operation.token,
        String((operation.bury ? 1 : 0) + (operation.announce ? 2 : 0)),
        String(operation.buryMs),
      );
      return;
    case "inspect":
      into.push(`i${count}`);
  }
}

/** About how many bytes an operation adds to a script call; bounds the size of a batch. */
export function estimateBytes(operation: Operation): number {
  let byteCount = 128;
  for (const key of operation.keys) byteCount += 2 * key.length + 32;
  return byteCount;
}
