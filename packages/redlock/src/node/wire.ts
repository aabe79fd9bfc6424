/**
 * A script call as the bytes that go over the wire, for a client that takes them ready-made. What an operation adds to a
 * call is made once and kept with the operation, which all nodes of a round are sent.
 */
import { Buffer } from "node:buffer";
import { pushKeys, specOf } from "./encode.ts";
import type { Operation } from "./operation.ts";

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
export function encodeCall(sha1: string, operations: readonly Operation[], prefix: string, knownLife: string): string {
  let keyCount = 0;
  let keys = "";
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
