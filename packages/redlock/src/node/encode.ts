/**
 * Operations as the arguments of one script call. The layout is described in lua/dispatcher.lua and in the header of
 * each verb. Plain loops, here and where batches are made: iterators were a tenth of the garbage of a busy lock.
 */
import { Buffer } from "node:buffer";
import type { Unknown } from "../core/vote.ts";
import { lifeRecordKey, notAsked } from "./life-record.ts";
import { fenceKey } from "./keys.ts";
import type { LinePlace, LineRank, Operation, ReleaseOperation } from "./operation.ts";

/** Nodes sort the places in a line as text: tickets are written in as many digits as any number below 2^53 has. */
const TICKET_LENGTH = 16;

/**
 * Appends "number of keys", KEYS and ARGV for `operations` to `into`. `prefix` is put before every lock key, so that
 * the fence keys and announcements of a prefixed key are the same whoever adds the prefix. `knownLife`: see
 * known-server.ts; without it the reply describes the node. `recordKey`: where the node's life record is, prefix included.
 */
export function encodeOperations(
  operations: readonly Operation[],
  prefix: string,
  into: string[],
  knownLife: string = "",
  recordKey: string = lifeRecordKey(prefix),
): void {
  const countAt = into.push("") - 1;
  if (knownLife !== notAsked) into.push(recordKey);
  for (const operation of operations) pushKeys(operation, prefix, into);
  into[countAt] = String(into.length - countAt - 1);
  into.push(knownLife);
  for (const operation of operations) into.push(specOf(operation));
}

/** The keys that an operation reads or writes, in the order of its KEYS. */
function pushKeys(operation: Operation, prefix: string, into: string[]): void {
  const { keys } = operation;
  for (let index = 0; index < keys.length; index += 1) into.push(prefix + (keys[index] as string));
  if ("fence" in operation && operation.fence === 0) return;
  for (let index = 0; index < keys.length; index += 1) into.push(fenceKey(prefix + (keys[index] as string)));
}

/** The one text that stands for an operation in ARGV. */
function specOf(operation: Operation): string {
  const spec = plainSpecOf(operation);
  const terms = besideText(operation);
  if (terms === undefined) return spec;
  const [numbers] = /^. ?\d+ \d+/.exec(spec)!;
  return `b${numbers.slice(1)} ${terms} ${spec[0]} ${spec.slice(numbers.length + 1)}`;
}

/** How it is held beside others; `undefined`: alone, as nearly always. */
function besideText(operation: Operation): string | undefined {
  if (operation.kind === "share") return `s${[...operation.keys.keys()].join()}`;
  if ("shared" in operation && operation.shared !== undefined) return `s${operation.shared.join()}`;
  if ("slots" in operation && operation.slots !== undefined) return `n${operation.slots.join()}`;
  if (!("permits" in operation) || operation.permits === undefined) return undefined;
  const { of, weight, start } = operation.permits;
  return `p${of},${weight},${start}`;
}

function plainSpecOf(operation: Operation): string {
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
    case "share":
    case "extend": {
      const { fence, ttlMs, fenceRetentionMs, token } = operation;
      return `${operation.kind[0]!}${count} ${fence} ${ttlMs} ${fenceRetentionMs} ${token}`;
    }
    case "release": {
      const leaves = operation.fence === 0 ? undefined : operation.leaves;
      const flags = (operation.bury ? 1 : 0) + (operation.announce ? 2 : 0) + (leaves === undefined ? 0 : 4);
      const verb = operation.keepMs === undefined ? `r${count} ${operation.fence}` : keepVerb(operation);
      const numbers = `${flags} ${operation.buryMs}`;
      if (leaves === undefined) return `${verb} ${numbers} ${operation.token}`;
      return `${verb} ${numbers} ${ticketText(leaves)} ${leaves.waiter} ${operation.token}`;
    }
    case "inspect":
      return `i${count} 1 `;
    case "notice":
      return `n${count} 1 `;
  }
}

function keepVerb({ keys, fence, keepMs }: ReleaseOperation): string {
  return `k${keys.length} ${fence} ${keepMs}`;
}

function placeText(place: LinePlace): string {
  return `${place.keepMs} ${ticketText(place)} ${place.waiter} ${place.number} ${place.claimMs}${place.how ?? ""}`;
}

function ticketText({ ticket }: LineRank): string {
  return String(ticket).padStart(TICKET_LENGTH, "0");
}

/**
 * The vote on an operation that cannot be encoded; `undefined` when it can. Asked before it is queued: found out later,
 * it would take those operations along that travel in the same call.
 */
export function unfitVote(operation: Operation): Unknown | undefined {
  const detail = unfitness(operation);
  return detail === "" ? undefined : { outcome: "unknown", reason: "error", detail, mayHold: false };
}

function unfitness(operation: Operation): string {
  const keys: unknown = operation.keys;
  if (!Array.isArray(keys)) return "its keys are no array";
  for (let index = 0; index < keys.length; index += 1) {
    if (typeof keys[index] !== "string") return `keys[${index}] is no string`;
  }
  if (operation.kind === "inspect" || operation.kind === "notice") return "";
  return typeof (operation.token as unknown) === "string" ? "" : "its token is no string";
}

/**
 * A script call as the bytes that go over the wire, for a client that takes them ready-made. What an operation adds to a
 * call is made once and kept with the operation, which all nodes of a round are sent.
 */

interface Wire {
  /** A copy of an operation with something changed takes the symbol along, and must not be sent as the original. */
  readonly of: Operation;
  readonly prefix: string;
  readonly keyCount: number;
  readonly keys: string;
  readonly spec: string;
}

const wire: unique symbol = Symbol("wire");

/** EVALSHA with the arguments that `encodeOperations` gives. */
export function encodeCall(
  sha1: string,
  operations: readonly Operation[],
  prefix: string,
  knownLife: string,
  recordKey: string,
): string {
  const isAsked = knownLife !== notAsked;
  let keyCount = isAsked ? 1 : 0;
  let keys = isAsked ? bulk(recordKey) : "";
  let specs = "";
  for (let index = 0; index < operations.length; index += 1) {
    const part = wireOf(operations[index] as Operation, prefix);
    keyCount += part.keyCount;
    keys += part.keys;
    specs += part.spec;
  }
  const argumentCount = 4 + keyCount + operations.length;
  return `*${argumentCount}\r\n$7\r\nevalsha\r\n${bulk(sha1)}${bulk(String(keyCount))}${keys}${bulk(knownLife)}${specs}`;
}

function wireOf(operation: Operation & { [wire]?: Wire }, prefix: string): Wire {
  const known = operation[wire];
  if (known !== undefined && known.of === operation && known.prefix === prefix) return known;
  const list: string[] = [];
  pushKeys(operation, prefix, list);
  let keys = "";
  for (let index = 0; index < list.length; index += 1) keys += bulk(list[index] as string);
  const made = { of: operation, prefix, keyCount: list.length, keys, spec: bulk(specOf(operation)) };
  operation[wire] = made;
  return made;
}

function bulk(text: string): string {
  return `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
}
