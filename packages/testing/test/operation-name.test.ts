import { expect, test } from "vitest";
import { operationName } from "../src/proxy/operation-name.ts";
import { encodeCommand } from "../src/redis/resp.ts";

const script = "return 1 -- ".padEnd(5_000, "x");

test.each([
  ["a plain command has its name", "set", encodeCommand(["SET", "k", "v"])],
  ["of several commands the first counts", "get", encodeCommand(["GET", "k"]) + encodeCommand(["SET", "k", "v"])],
  ["a lock's script is what it does first", "acquire", encodeCommand(["EVALSHA", "abc", 2, "k", "{k}:fence", "a1", 7])],
  ["so it is with its whole text", "release", encodeCommand(["EVAL", script, 1, "k", "r1", 0])],
  ["and without keys", "inspect", encodeCommand(["EVALSHA", "abc", 0, "i0"])],
  ["another script is a script", "evalsha", encodeCommand(["EVALSHA", "abc", 1, "k", "anything"])],
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
