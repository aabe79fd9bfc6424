import { expect, test } from "vitest";
import { type AcquireOperation, encodeOperations, type Operation, type ReleaseOperation } from "@quorate/redlock/node";
import { operationName } from "../src/proxy/operation-name.ts";
import { encodeCommand } from "../src/redis/resp.ts";

const acquire: AcquireOperation = {
  kind: "acquire",
  keys: ["k", "l"],
  token: "T".repeat(100),
  fence: 1_795_228_496_705_000,
  ttlMs: 10_000,
  fenceRetentionMs: 300_000,
};
const place = { ticket: 1_795_228_496_705_000, waiter: "W".repeat(100), keepMs: 1_000, number: 1, claimMs: 0 };
const release: ReleaseOperation = {
  ...{ kind: "release", keys: ["k"], token: "T", fence: 7 },
  ...{ bury: false, announce: true, buryMs: 1 },
};

function argumentsOf(...operations: Operation[]): string[] {
  const args: string[] = [];
  encodeOperations(operations, "", args);
  return args;
}

function evalsha(...operations: Operation[]): string {
  return encodeCommand(["EVALSHA", "abc", ...argumentsOf(...operations)]);
}

const script = "return 1 -- ".padEnd(5_000, "x");

test.each([
  ["a plain command has its name", "set", encodeCommand(["SET", "k", "v"])],
  ["of several commands the first counts", "get", encodeCommand(["GET", "k"]) + encodeCommand(["SET", "k", "v"])],
  ["a lock's script is what it does first", "acquire", evalsha(acquire)],
  ["an acquire that waits in line is an acquire", "acquire", evalsha({ ...acquire, place })],
  ["of several operations the first counts", "release", evalsha(release, acquire)],
  ["a waiter that gives up releases", "release", evalsha({ ...release, leaves: place })],
  ["so it is with its whole text", "release", encodeCommand(["EVAL", script, ...argumentsOf(release)])],
  ["and without keys", "inspect", encodeCommand(["EVALSHA", "abc", 0, "", "i0"])],
  ["another script is a script", "evalsha", encodeCommand(["EVALSHA", "abc", 1, "k", "", "anything"])],
  [
    "a script that is cut off before its arguments is a script",
    "eval",
    encodeCommand(["EVAL", script, 0]).slice(0, 900),
  ],
  ["the rest of a command has no name", undefined, "lue\r\n"],
  ["a command cut off in its name has none", undefined, "*3\r\n$3\r\nSE"],
  ["a command cut off in a length has none", undefined, "*3\r\n$"],
])("%s", (_, name, bytes) => {
  expect(operationName(Buffer.from(bytes))).toBe(name);
});
