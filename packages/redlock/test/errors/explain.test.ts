/** What the messages of an acquire that was not won say, and advise. */
import { QuorumUnavailableError, Redlock, type RedlockError, ResourceLockedError } from "@quorate/redlock";
import type { Unknown, Vote } from "@quorate/redlock/node";
import { describe, expect, test } from "vitest";
import { Stage } from "../../../testing/src/sim/stage.ts";
import { answering, granted } from "../support/answering-node.ts";
import { forTest } from "../support/connect-to.ts";
import { errorOf } from "../support/error-of.ts";

const evidence = { runId: undefined, life: "", memoryAgeMs: 1e9, cause: "", replica: false };

/** Of one round on five nodes, of which these vote so, and the others yes. */
async function refusalBy(votes: Readonly<Record<number, Vote>>): Promise<Error> {
  const nodes = answering(5, ({ kind }, index) => (kind === "acquire" && votes[index]) || granted(index));
  await using redlock = forTest(new Redlock(nodes));
  return await errorOf(redlock.acquire("a", 10_000, { waitMs: 0 }));
}

function failed(detail: string, reason: Unknown["reason"] = "error"): Vote {
  return { outcome: "unknown", reason, detail, mayHold: false };
}

describe("where nodes could not vote, the message says what to do", () => {
  const table: readonly (readonly [detail: string, reason: Unknown["reason"], remedy: RegExp])[] = [
    ["WRONGTYPE Operation against a key", "error", /On 3 nodes the key is in use by other data.*take another name/],
    ["FENCE the key {a}:fence holds something", "error", /On 3 nodes the key is in use by other data/],
    ["NOPERM this user has no permissions to run 'eval'", "error", /On 3 nodes the Redis user lacks .*redlock doctor/],
    ["OOM command not allowed when used memory > 'maxmemory'.", "error", /On 3 nodes memory is used up: raise maxm/],
    ["READONLY You can't write against a read only replica.", "error", /On 3 nodes the server is a replica/],
    ["LOADING Redis is loading the dataset in memory", "error", /On 3 nodes the server is loading .*wait longer/],
    ["NOAUTH Authentication required.", "error", /On 3 nodes the user name or the password is missing/],
    ["WRONGPASS invalid username-password pair", "disconnected", /On 3 nodes .* password is missing or wrong/],
    ["BUSY Redis is busy running a script.", "error", /On 3 nodes the server is busy .*SCRIPT KILL/],
    ["MISCONF Redis is configured to save RDB snapshots", "error", /On 3 nodes the last write to disk failed/],
    ["NOREPLICAS Not enough good replicas to write.", "error", /On 3 nodes min-replicas-to-write asks/],
    ["CROSSSLOT Keys in request don't hash", "error", /On 3 nodes the resources lie .*one hash tag.*keyPrefix/],
    [
      "MOVED 6805 10.0.0.1:6379",
      "error",
      /On 3 nodes the server is one master .* has these keys: give a client of the/,
    ],
    [
      "CROSSSLOT Keys in request don't hash to the same slot (of one resource)",
      "error",
      /On 3 nodes the server is a master of a Redis Cluster, where .* another slot: give a client of the whole Cluster/,
    ],
    ["connect ETIMEDOUT (TLS)", "disconnected", /On 3 nodes no connection with TLS .*: see to the way .* use redis:/],
    ["read ECONNRESET", "disconnected", /On 3 nodes the connection is cut: see that the server runs.* use rediss:/],
    ["ERR max number of clients reached", "disconnected", /On 3 nodes the server takes no more .*raise maxclients/],
    ["getaddrinfo ENOTFOUND redis-1", "disconnected", /On 3 nodes the host name is not known here \(DNS\)/],
    ["self-signed certificate", "disconnected", /On 3 nodes TLS fails/],
    ["AHEAD the fencing token 2 is more than a day ahead", "error", /On 3 nodes the clock is more than a day behind/],
  ];

  test.each(table)("%s", async (detail, reason, remedy) => {
    const error = await refusalBy({ 0: failed(detail, reason), 2: failed(detail, reason), 3: failed(detail, reason) });
    expect(error).toBeInstanceOf(QuorumUnavailableError);
    expect(error.message).toMatch(remedy);
    expect((error.cause as Error).message).toBe(detail);
    // Equal causes are one clause.
    expect(error.message).toContain("node-0, node-2, node-3: ");
  });

  test.each(["disconnected", "connecting", "silent"] as const)("a node that is %s", async (reason) => {
    const error = await refusalBy({ 0: failed("", reason), 1: failed("", reason), 2: failed("ERR", "error") });
    expect(error.message).toContain(
      "On 2 nodes nothing answers: `npx redlock doctor --nodes node-0,node-1,node-2,node-3,node-4` looks why. ",
    );
  });

  test("of a node that nobody waited for the message is silent, and its vote says so", async () => {
    const outrun = failed("not written: the round was over before this node's turn came", "timeout");
    const error = await refusalBy({ 0: failed("ERR"), 1: failed("ERR"), 2: failed("ERR"), 4: outrun });
    expect(error.message).toMatch(/node-2: error \(ERR\).*; node-3: yes\.$/);
    expect((error as RedlockError).votes[4]).toMatchObject({ node: "node-4", detail: "decided before its vote" });
  });

  test("each kind of trouble by itself", async () => {
    const error = await refusalBy({ 0: failed("OOM no"), 1: failed("NOPERM no"), 2: failed("NOPERM no") });
    expect(error.message).toMatch(/On 1 node memory .* On 2 nodes the Redis user/);
  });

  test("and nothing where Redis's own words say all there is", async () => {
    const error = await refusalBy({
      0: failed("ERR unknown"),
      1: failed("gave up: MOVED 1 b"),
      2: failed("connection refused"),
    });
    expect(error.message).toContain("(1 round in");
    expect(error.message).not.toMatch(/On \d node/);
  });
});

describe("of what the nodes had granted, the message says", () => {
  const none = failed("connection refused", "disconnected");

  test("that it is rolled back", async () => {
    const error = await refusalBy({ 0: none, 1: none, 2: none });
    expect(error.message).toContain("What was granted is rolled back. ");
  });

  test("that a node which did not answer may keep its key until the TTL", async () => {
    const silent: Vote = { outcome: "unknown", reason: "timeout", detail: "no answer", mayHold: true };
    const error = await refusalBy({ 0: none, 1: none, 2: silent });
    expect(error.message).toContain("is rolled back, on silent nodes when they answer or by the TTL. ");
  });

  test("nothing where no node granted", async () => {
    const error = await refusalBy({ 0: none, 1: none, 2: none, 3: none, 4: none });
    expect(error.message).not.toContain("rolled back");
  });
});

describe("where others are before in line", () => {
  const held = (holder: string): Vote => ({
    outcome: "refused",
    reason: "held",
    evidence,
    resourceIndex: 0,
    remainingMs: 500,
    holder,
    fence: 0,
  });

  test("and nobody holds, the message says so, and not that it is held", async () => {
    const error = await refusalBy({ 0: held(""), 1: held(""), 4: held("") });
    expect(error).toBeInstanceOf(ResourceLockedError);
    expect(error.message).toMatch(/^"a" is free, but others wait in line before: 3 of 5 nodes refused/);
    expect(error.message).not.toContain("held by");
  });

  test("and one node still has a holder, it is held", async () => {
    const error = await refusalBy({ 0: held(""), 1: held("someone"), 4: held("") });
    expect(error.message).toMatch(/^"a" is held by someone else/);
  });

  test("whoever asks out of turn is told so", async () => {
    const stage = new Stage({ nodes: 3 });
    const [holder, waiter, other] = ["holder", "waiter", "other"].map((name) => stage.process(name).redlock);
    await stage.until(holder!.acquire("a", 1_000));
    const waiting = waiter!.acquire("a", 60_000, { waitMs: 10_000 });
    await stage.pass(200);
    stage.network.blackHole([0, 1, 2], { peers: ["waiter"] });
    // The lock ends by its TTL: a release would hand it to the waiter.
    await stage.pass(1_500);
    const asking = other!.acquire("a", 60_000, { waitMs: 0 }).catch((error: unknown) => error);
    expect(((await stage.until(asking)) as Error).message).toContain("others wait in line before");
    await stage.until(waiting.catch(() => undefined));
  });
});

describe("where this process itself is in the way", () => {
  async function refusedBehind(others: number, resources: readonly string[]): Promise<ResourceLockedError> {
    await using redlock = forTest(new Redlock(answering(3, (_operation, index) => granted(index))));
    await redlock.acquire("held", 60_000);
    const waiting = Array.from({ length: others }, () => errorOf(redlock.acquire("held", 60_000)));
    const error = await errorOf(redlock.acquire(resources, 60_000, { waitMs: 20 }));
    await redlock.close();
    await Promise.all(waiting);
    return error as ResourceLockedError;
  }

  test("the message names the resource that is held, and for how long at most", async () => {
    const error = await refusedBehind(0, ["held"]);
    expect(error.message).toMatch(
      /^"held" was still held by this process after \d+ ms, and is for at most \d+ ms more/,
    );
    expect(error.message).not.toContain("in between");
    expect(error).toMatchObject({ lockedResource: "held", resources: ["held"] });
    expect(error.remainingMs).toBeGreaterThan(50_000);
  });

  test("callers that stand in between are counted without the holder", async () => {
    expect((await refusedBehind(2, ["held"])).message).toContain("; 2 callers of this process stood in between. ");
  });

  test("callers before it of whom none has the lock yet are counted all", async () => {
    const silent = answering(3, () => failed("")).map((node) => ({ ...node, send() {} }));
    const redlock = new Redlock(silent, { nodeTimeoutMs: 1_000 });
    const first = errorOf(redlock.acquire("a", 60_000));
    const error = (await errorOf(redlock.acquire("a", 60_000, { waitMs: 20 }))) as ResourceLockedError;
    expect(error.message).toMatch(/^"a": 1 caller of this process stood in line before, still after \d+ ms/);
    expect(error).toMatchObject({ lockedResource: "a", remainingMs: 0 });
    await redlock.close();
    await first;
  });
});

test("a waiter whose Redlock is closed is told which resources it did not get", async () => {
  const redlock = new Redlock(answering(3, (_operation, index) => granted(index)));
  await redlock.acquire("b", 60_000);
  const waiting = errorOf(redlock.acquire(["a", "b"], 60_000));
  await redlock.close();
  const error = (await waiting) as RedlockError;
  expect(error).toMatchObject({ code: "CLOSED", resources: ["a", "b"] });
  expect(error.message).toMatch(/^"a", "b" was not locked: this Redlock was closed/);
});
