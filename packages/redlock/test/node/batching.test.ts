import { describe, expect, test } from "vitest";
import { createNode, type Node } from "../../src/node/index.ts";
import { FakeConnection } from "./fake-connection.ts";
import { ManualRuntime } from "./manual-runtime.ts";
import { acquire, extend, heal, inspect, release, Votes } from "./operations.ts";

function connected(): { node: Node; connection: FakeConnection; runtime: ManualRuntime } {
  const runtime = new ManualRuntime();
  const connection = new FakeConnection();
  return { node: createNode(connection, runtime), connection, runtime };
}

describe("group commit", () => {
  test("operations of one event-loop turn travel in one call, in order", () => {
    const { node, connection, runtime } = connected();
    const votes = new Votes();
    node.send(acquire({ token: "one" }), votes, 0);
    node.send(acquire({ token: "two" }), votes, 0);
    node.send(release({ token: "one" }), votes, 0);
    expect(connection.calls).toHaveLength(0);
    runtime.endTurn();
    expect(connection.log).toEqual([["a:one", "a:two", "r:one"]]);
  });

  test("a release is written right behind its acquire, which need not be answered", () => {
    const { node, connection, runtime } = connected();
    const votes = new Votes();
    node.send(acquire({ token: "one" }), votes, 0);
    runtime.endTurn();
    node.send(release({ token: "one" }), votes, 0);
    runtime.endTurn();
    expect(connection.log).toEqual([["a:one"], ["r:one"]]);
  });

  test("while four calls are unanswered the next operations gather", () => {
    const { node, connection, runtime } = connected();
    const votes = new Votes();
    for (let call = 0; call < 6; call += 1) {
      node.send(acquire({ token: String(call) }), votes, 0);
      runtime.endTurn();
    }
    const written = [["a:0"], ["a:1"], ["a:2"], ["a:3"]];
    expect(connection.log).toEqual(written);
    connection.answer(0);
    runtime.endTurn();
    expect(connection.log).toEqual([...written, ["a:4", "a:5"]]);
  });

  test("a call carries at most 512 operations, fewer when they are large", () => {
    const { node, connection, runtime } = connected();
    const sent = [...Array(600).fill(inspect()), ...Array(600).fill(inspect("k".repeat(512)))];
    for (const operation of sent) node.send(operation, new Votes(), 0);
    for (let call = 0; call < 30; call += 1) {
      runtime.endTurn();
      if (call < connection.calls.length) connection.answer(call);
    }
    const counts = connection.calls.map((call) => call.operations.length);
    expect(counts.slice(0, 1)).toEqual([512]);
    expect(counts.reduce((sum, count) => sum + count)).toBe(1200);
    expect(Math.max(...counts.slice(2))).toBeLessThan(60);
  });

  test.each([
    ["shared", acquire({ shared: [0] }), 64],
    ["of ten permits", acquire({ permits: { of: 10, weight: 1, start: 0 } }), 49],
    ["of a thousand permits", acquire({ permits: { of: 1_024, weight: 1, start: 0 } }), 2],
    ["ending one of a thousand permits", release({ slots: [1_000] }), 2],
    ["taking permits back", release({ slots: [] }), 8],
  ])("what costs a node more fills a call sooner: %s", (_name, operation, most) => {
    const { node, connection, runtime } = connected();
    for (let count = 0; count < 200; count += 1) node.send(operation, new Votes(), 0);
    runtime.endTurn();
    expect(connection.calls[0]!.operations).toHaveLength(most);
  });

  test("the granted vote of a reply is one object, shared by its operations", () => {
    const { node, connection, runtime } = connected();
    const votes = new Votes();
    node.send(acquire(), votes, 0);
    node.send(extend(), votes, 0);
    runtime.endTurn();
    connection.answer(0);
    expect(votes.received).toHaveLength(2);
    expect(votes.received[0]).toBe(votes.received[1]);
  });

  test("one operation's error does not touch the others of its call", () => {
    const { node, connection, runtime } = connected();
    const votes = new Votes();
    node.send(acquire({ token: "one" }), votes, 0);
    node.send(acquire({ token: "two" }), votes, 0);
    runtime.endTurn();
    connection.answer(0, [["error", "OOM no memory"], 1]);
    expect(votes.summary).toEqual(["unknown error", "granted"]);
    expect(votes.received[0]).toMatchObject({ detail: "OOM no memory", mayHold: true });
  });

  test("an adapter may answer a call in parts", () => {
    const { node, connection, runtime } = connected();
    const votes = [new Votes(), new Votes(), new Votes()];
    votes.forEach((receiver, index) => node.send(acquire({ token: `t${index}` }), receiver, 0));
    runtime.endTurn();
    const { onReply } = connection.written(0);
    onReply(undefined, ["run-a a 1 fresh k", 100, 0, 1, 1], [0, 2]);
    expect(votes[1]?.received).toEqual([]);
    onReply(undefined, ["run-b b 1 fresh l", 50, 0, 1], [1]);
    expect(votes.map(({ received }) => received[0])).toMatchObject([
      { evidence: { runId: "run-a", memoryAgeMs: 100 } },
      { evidence: { runId: "run-b", memoryAgeMs: 50 } },
      { evidence: { runId: "run-a" } },
    ]);
  });
});

describe("what nobody wants any more", () => {
  test.each([
    ["acquire", acquire],
    ["extend", extend],
    ["heal", heal],
  ])("an %s that was abandoned before its turn is never written", (_kind, operation) => {
    const { node, connection, runtime } = connected();
    const votes = new Votes();
    node.send(acquire({ token: "first" }), new Votes(), 0);
    runtime.endTurn();
    node.send(operation({ token: "late" }), votes, 0);
    votes.abandoned = true;
    connection.answer(0);
    runtime.endTurn();
    expect(connection.calls).toHaveLength(1);
    expect(votes.received).toMatchObject([{ mayHold: false, detail: expect.stringContaining("the round was over") }]);
  });

  test("the release of an acquire that was never written is granted without writing", () => {
    const { node, connection, runtime } = connected();
    const [round, rollback] = [new Votes(), new Votes()];
    node.send(acquire({ token: "first" }), new Votes(), 0);
    runtime.endTurn();
    node.send(acquire({ token: "late" }), round, 0);
    round.abandoned = true;
    node.send(release({ token: "late" }), rollback, 0);
    connection.answer(0);
    runtime.endTurn();
    expect(connection.calls).toHaveLength(1);
    expect(rollback.received).toMatchObject([{ outcome: "granted", deletedCount: 0 }]);
  });

  test("a release that buries is written even so: a heal may have gone before", () => {
    const { node, connection, runtime } = connected();
    const round = new Votes();
    node.send(acquire({ token: "late" }), round, 0);
    round.abandoned = true;
    node.send(release({ token: "late", bury: true }), new Votes(), 0);
    runtime.endTurn();
    expect(connection.log).toEqual([["r:late"]]);
  });

  test("a node that has fallen behind drops the acquires whose release waits too", () => {
    const { node, connection, runtime } = connected();
    node.send(inspect("first"), new Votes(), 0);
    runtime.endTurn();
    const [acquired, released, held] = [new Votes(), new Votes(), new Votes()];
    node.send(acquire({ token: "held" }), held, 0);
    for (let i = 0; i < 50_000; i += 1) {
      node.send(acquire({ token: `t${i}` }), acquired, 0);
      node.send(release({ token: `t${i}`, announce: true }), released, 0);
    }
    connection.answer(0, [["holders", "", 0, 0]]);
    for (let call = 1; call < connection.calls.length + 1 && call < 10; call += 1) {
      runtime.endTurn();
      if (call < connection.calls.length) connection.answer(call);
    }
    expect(connection.log[1]?.[0]).toBe("a:held");
    expect(held.summary).toEqual(["granted"]);
    expect(connection.log.flat().length).toBeLessThan(1000);
    expect(acquired.received).toHaveLength(50_000);
    expect(acquired.received[0]).toMatchObject({
      mayHold: false,
      detail: expect.stringContaining("was released before"),
    });
    expect(released.summary.every((vote) => vote === "granted")).toBe(true);
    expect(released.received).toHaveLength(50_000);
  });

  test("an acquire is not written again behind its own release", () => {
    const { node, connection, runtime } = connected();
    node.send(acquire({ token: "one" }), new Votes(), 0);
    node.send(acquire({ token: "two" }), new Votes(), 0);
    runtime.endTurn();
    runtime.nowMs += 50;
    node.overdue();
    runtime.readInput();
    node.send(release({ token: "one" }), new Votes(), 0);
    runtime.endTurn();
    expect(connection.log).toEqual([["a:one", "a:two"], ["r:one"]]);
    const { wanted } = connection.written(0);
    expect([wanted(0), wanted(1)]).toEqual([false, true]);
  });
});

describe("bounds", () => {
  test("more than 10 000 waiting operations are refused as overloaded; 30 000 releases find room behind them", () => {
    const { node, runtime } = connected();
    node.send(acquire(), new Votes(), 0);
    runtime.endTurn();
    const votes = new Votes();
    for (let i = 0; i < 10_000; i += 1) node.send(inspect("a"), votes, 0);
    expect(votes.received).toHaveLength(0);
    node.send(inspect("a"), votes, 0);
    expect(votes.received).toMatchObject([{ reason: "overloaded", mayHold: false }]);
    for (let i = 0; i < 30_000; i += 1) node.send(release({ token: `t${i}` }), votes, 0);
    expect(votes.received).toHaveLength(1);
    expect(node.state.pendingReleaseCount).toBe(0);
  });
});

/** A node that was closed over an acquire and its release, and whether its connection is closed. */
function closing(): { node: Node; connection: FakeConnection; runtime: ManualRuntime; isEnded: () => boolean } {
  const { node, connection, runtime } = connected();
  let isEnded = false;
  connection.close = () => {
    isEnded = true;
    return Promise.resolve();
  };
  node.send(acquire({ token: "one" }), new Votes(), 0);
  runtime.endTurn();
  node.send(release({ token: "one" }), new Votes(), 0);
  void node.close();
  return { node, connection, runtime, isEnded: () => isEnded };
}

test("a connection is closed when all that was written is answered", async () => {
  const { connection, runtime, isEnded } = closing();
  connection.answer(0);
  await Promise.resolve();
  expect(isEnded()).toBe(false);
  connection.answer(1);
  await expect.poll(isEnded).toBe(true);
  expect(runtime.timerCount).toBe(0);
});

test("a connection without answers is closed after a while", async () => {
  const { runtime, isEnded } = closing();
  runtime.elapse(199);
  await Promise.resolve();
  expect(isEnded()).toBe(false);
  runtime.elapse(1);
  await expect.poll(isEnded).toBe(true);
});

test("a closed node votes at once, and has written what waited", () => {
  const { node, connection } = closing();
  expect(connection.log).toEqual([["a:one"], ["r:one"]]);
  const votes = new Votes();
  node.send(acquire(), votes, 0);
  expect(votes.received).toMatchObject([{ reason: "closed", mayHold: false }]);
});
