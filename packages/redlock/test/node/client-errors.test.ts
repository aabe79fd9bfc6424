/** What a client rejected with is read by its words: a minifier renames classes, and jest has two kinds of Error. */
import { runInNewContext } from "node:vm";
import * as ioredis from "ioredis";
import { expect, test } from "vitest";
import { startFleet } from "@quorate/testing";
import { LockLostError, QuorumUnavailableError, RedlockError, ResourceLockedError } from "@quorate/redlock";
import { NotIndependentError } from "@quorate/redlock";
import * as ioredis6 from "ioredis6";
import { createClient as createClient5 } from "redis5";
import { createClient as createClient6 } from "redis6";
import { asError, errorReplyOf, withTls } from "../../src/node/client-errors.ts";
import { describeError } from "../../src/node/connection.ts";

const replies = [
  "NOSCRIPT No matching script. Please use EVAL.",
  "ERR unknown command 'x'",
  "BUSY Redis is busy running a script.",
  "NOAUTH Authentication required.",
  "LOADING Redis is loading the dataset in memory",
  "OOM command not allowed when used memory > 'maxmemory'.",
];

test.each(replies)("%s is what a server says, whatever the class of the error is called", (text) => {
  class a extends Error {}
  expect(errorReplyOf(new a(text))).toBe(text);
});

const own = [
  "Connection is closed.",
  "Command aborted due to connection close",
  "Command timed out",
  "Stream isn't writeable and enableOfflineQueue options is false",
  "Reached the max retries per request limit (which is 0). Refer to ...",
  "The client is closed",
  "Socket closed unexpectedly",
  "Socket timeout timeout. Expecting data, but didn't receive any in 3000ms.",
  "connect ECONNREFUSED 127.0.0.1:6379",
  "read ECONNRESET",
  "None of startup nodes is available",
  "",
];

test.each(own)("%j is what a client says by itself: no answer", (text) => {
  expect(errorReplyOf(new Error(text))).toBeUndefined();
});

test("an error with a code is the system's, also when it begins like a reply", () => {
  expect(errorReplyOf(Object.assign(new Error("EPROTO TLS alert"), { code: "EPROTO" }))).toBeUndefined();
});

test.each(["connect ETIMEDOUT", "Connection timeout"])("%s of a client with TLS says so", (text) => {
  expect(withTls(text, {})).toBe(`${text} (TLS)`);
  expect(withTls(text, undefined)).toBe(text);
  expect(withTls(text, false)).toBe(text);
});

test("where the system finds no way to the host, TLS has nothing to do with it", () => {
  expect(withTls("connect ETIMEDOUT 10.0.0.1:6379", {})).toBe("connect ETIMEDOUT 10.0.0.1:6379");
});

test("every client's refusals are told from its own errors", async () => {
  const fleet = await startFleet({ nodes: 1 });
  try {
    const { url } = fleet.node(0);
    const sets = [new ioredis.Redis(url), new ioredis6.Redis(url)].map((client) => ({
      ask: (...words: string[]) => client.call(words[0]!, ...words.slice(1)),
      end: () => client.disconnect(),
    }));
    for (const client of [createClient5({ url }), createClient6({ url })]) {
      client.on("error", () => {});
      await client.connect();
      sets.push({ ask: (...words) => client.sendCommand(words), end: () => client.destroy() });
    }
    for (const { ask, end } of sets) {
      const refused = await ask("EVALSHA", "f".repeat(40), "0").then(String, asError);
      expect(errorReplyOf(refused as Error)).toMatch(/^NOSCRIPT /);
      const open = ask("BLPOP", "nothing", "0").then(String, asError);
      await new Promise((resolve) => setTimeout(resolve, 20));
      end();
      expect(errorReplyOf((await open) as Error)).toBeUndefined();
    }
  } finally {
    await fleet.stop();
  }
});

test("an error of another realm, as Node's own are under jest, keeps its words", () => {
  const foreign: unknown = runInNewContext("new Error('read ECONNRESET')");
  expect(asError(foreign)).toBe(foreign);
  expect(describeError(foreign)).toBe("read ECONNRESET");
  const several: unknown = runInNewContext("new AggregateError([new Error('connect ECONNREFUSED ::1:1')])");
  expect(describeError(several)).toBe("connect ECONNREFUSED ::1:1");
  expect(asError("a word").message).toBe("a word");
  expect(asError(undefined).message).toBe("undefined");
});

test("our own errors are called after their classes, whatever a minifier calls those", () => {
  const details = { resources: ["a"], votes: [] };
  const made = [
    new RedlockError("CLOSED", "", details),
    new ResourceLockedError("", details, "a", 1),
    new QuorumUnavailableError("", details),
    new LockLostError("", details),
    new NotIndependentError("", details),
  ];
  const names = [
    "RedlockError",
    "ResourceLockedError",
    "QuorumUnavailableError",
    "LockLostError",
    "NotIndependentError",
  ];
  expect(made.map(({ name }) => name)).toEqual(names);
  expect(made.map((error) => error.stack?.split(/[:\n]/)[0])).toEqual(names);
  class a extends LockLostError {}
  expect(new a("", details).name).toBe("LockLostError");
});
