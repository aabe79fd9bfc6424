/** What a proxy between, or whatever wraps a client, may answer: an error vote that says so, and nothing thrown. */
import type { Node, Vote } from "@quorate/redlock/node";
import { describe, expect, test } from "vitest";
import { adaptClients, type RedisClient } from "../../src/node/adapt.ts";
import { systemRuntime } from "../../src/runtime/system.ts";
import { acquire } from "./operations.ts";

type Reply = () => unknown;

const listeners = { on: () => undefined, off: () => undefined, removeListener: () => undefined };

function ioredisWith(reply: Reply): unknown {
  const command = (_parameters: unknown, callback: (error: null, reply: unknown) => void): void => {
    const answer = reply();
    queueMicrotask(() => callback(null, answer));
  };
  const client = { status: "ready", isCluster: false, options: {}, ...listeners, sendCommand() {}, duplicate() {} };
  return { ...client, createBuiltinCommand: () => ({ string: command }) };
}

function nodeRedisWith(reply: Reply): unknown {
  const client = { isReady: true, isOpen: true, socketEpoch: 1, ...listeners, duplicate() {}, destroy() {} };
  return { ...client, sendCommand: () => Promise.resolve(reply()) };
}

function glideWith(reply: Reply): unknown {
  return { customCommand: () => Promise.resolve(reply()), invokeScript() {}, close() {} };
}

function voteOn(client: unknown): Promise<Vote> {
  const [node] = adaptClients([client as RedisClient], systemRuntime) as [Node];
  return new Promise((resolve) => {
    node.send(acquire(), { abandoned: false, receive: (_index, vote) => resolve(vote) }, 0);
  });
}

const adapters = [
  ["ioredis", ioredisWith],
  ["node-redis", nodeRedisWith],
  ["valkey-glide", glideWith],
] as const;

describe.each(adapters)("over %s", (_name, clientWith) => {
  test.each([
    null,
    undefined,
    "OK",
    1,
    [],
    ["run"],
    [null, 100, 0, 1],
    [[], 100, 0, 1],
    ["run", "much", 0, 1],
    ["run", 100, null, 1],
    { run: 100 },
  ])("%j is no reply of the script", async (reply) => {
    const vote = await voteOn(clientWith(() => reply));
    expect(vote).toMatchObject({ outcome: "unknown", reason: "error", mayHold: true });
    expect((vote as { detail: string }).detail).toContain("what answered is not the script");
  });

  test.each([null, 0, 2, "", "QUEUED", [null], ["surprise"], [], [[]], { held: 1 }])(
    "%j is no answer to an acquire",
    async (answer) => {
      const vote = await voteOn(clientWith(() => ["run", 100, 0, answer]));
      expect(vote).toMatchObject({ outcome: "unknown", reason: "error", mayHold: true });
    },
  );

  const map = Object.create(null) as object;
  test.each([[map], [[map]], [["held", map, map]], [["error", map]], [Symbol("odd")]])(
    "a map, or what else is no text, in answer %# is told, and not thrown",
    async (answer) => {
      const vote = await voteOn(clientWith(() => ["run", 100, 0, answer]));
      expect(vote).toMatchObject({ outcome: "unknown", reason: "error", mayHold: true });
    },
  );

  test("numbers may come as text", async () => {
    expect(await voteOn(clientWith(() => ["run", "100", "0", "1"]))).toMatchObject({ outcome: "granted" });
  });

  test("a client that throws has not answered", async () => {
    const throwing = clientWith(() => {
      throw new Error("wrapped badly");
    });
    expect(await voteOn(throwing)).toMatchObject({ outcome: "unknown", detail: "wrapped badly", mayHold: true });
  });
});
