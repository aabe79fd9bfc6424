import { describe, expect, test } from "vitest";
import type { NodeEvidence } from "../../src/core/vote.ts";
import { createNode, type Node, type NodeState } from "../../src/node/index.ts";
import { FakeConnection } from "./fake-connection.ts";
import { ManualRuntime } from "./manual-runtime.ts";
import { acquire, extend, inspect, release, Votes } from "./operations.ts";

interface Rig {
  readonly node: Node;
  readonly connection: FakeConnection;
  readonly runtime: ManualRuntime;
  readonly states: NodeState[];
  readonly warnings: string[];
}

function rig(status: FakeConnection["status"] = "ready"): Rig {
  const runtime = new ManualRuntime();
  const connection = new FakeConnection();
  connection.status = status;
  const node = createNode(connection, runtime);
  const [states, warnings]: [NodeState[], string[]] = [[], []];
  node.setListener({ onStatus: (state) => states.push(state), onWarning: (code) => warnings.push(code) });
  return { node, connection, runtime, states, warnings };
}

/** One acquire written, and its round's deadline passed. */
function silent(): Rig & { first: Votes } {
  const all = rig();
  const first = new Votes();
  all.node.send(acquire({ token: "first" }), first, 0);
  all.runtime.endTurn();
  all.runtime.nowMs += 50;
  all.node.overdue();
  all.runtime.readInput();
  return { ...all, first };
}

describe("joining", () => {
  test("operations are kept until the first connection is there", () => {
    const { node, connection, runtime } = rig("connecting");
    expect(node.state.status).toBe("joining");
    node.send(acquire({ token: "one" }), new Votes(), 0);
    runtime.endTurn();
    expect(connection.calls).toHaveLength(0);
    connection.becomeReady();
    expect(connection.log).toEqual([["a:one"]]);
    expect(node.state.status).toBe("up");
  });

  test("when the first connection fails the kept operations vote unknown and hold nothing", () => {
    const { node, connection } = rig("connecting");
    const votes = new Votes();
    node.send(acquire(), votes, 0);
    connection.goDown("connect ECONNREFUSED 10.0.0.1:6379");
    expect(votes.received).toMatchObject([
      { reason: "disconnected", detail: "connect ECONNREFUSED 10.0.0.1:6379", mayHold: false },
    ]);
  });

  test("a first connection that takes longer than a round puts the node away until it is made", () => {
    const { node, connection } = rig("connecting");
    const votes = new Votes();
    node.send(acquire(), votes, 0);
    node.overdue();
    node.send(acquire(), votes, 0);
    expect(votes.summary).toEqual(["unknown connecting", "unknown connecting"]);
    connection.becomeReady();
    expect(node.state.status).toBe("up");
  });
});

describe("silent", () => {
  test("an overdue question puts the node away: the next ones vote at once and are not written", () => {
    const { node, connection, runtime, states } = silent();
    expect(states).toMatchObject([{ status: "down", reason: "silent" }]);
    const votes = new Votes();
    node.send(acquire(), votes, 0);
    node.send(extend(), votes, 0);
    runtime.endTurn();
    expect(votes.received).toMatchObject([
      { reason: "silent", mayHold: false },
      { reason: "silent", mayHold: false },
    ]);
    expect(connection.calls).toHaveLength(1);
  });

  test("what waited for its turn votes too, but releases are written", () => {
    const { node, connection, runtime } = rig();
    const votes = new Votes();
    node.send(acquire({ token: "first" }), new Votes(), 0);
    runtime.endTurn();
    node.send(acquire({ token: "second" }), votes, 0);
    node.send(release({ token: "first" }), votes, 0);
    runtime.nowMs += 50;
    node.overdue();
    runtime.readInput();
    runtime.endTurn();
    expect(votes.received).toMatchObject([{ reason: "silent", mayHold: false }]);
    expect(connection.log).toEqual([["a:first"], ["r:first"]]);
  });

  test("a question that is younger than 25 ms proves nothing", () => {
    const { node, runtime } = rig();
    node.send(acquire(), new Votes(), 0);
    runtime.endTurn();
    runtime.nowMs += 20;
    node.overdue();
    runtime.readInput();
    expect(node.state.status).toBe("up");
  });

  test("a node that has just said that it does not know the script is not silent", () => {
    const { node, connection, runtime } = rig();
    node.send(acquire(), new Votes(), 0);
    runtime.endTurn();
    // The process stood still meanwhile: the answer is read, and the call is written again with the script's text.
    runtime.nowMs += 188;
    expect(connection.written(0).wanted(0)).toBe(true);
    node.overdue();
    runtime.readInput();
    expect(node.state.status).toBe("up");
    runtime.nowMs += 50;
    node.overdue();
    runtime.readInput();
    expect(node.state).toMatchObject({ reason: "silent", detail: "no answer for 50 ms" });
  });

  test("a node whose answer lies unread behind our own busy event loop is not silent", () => {
    const { node, connection, runtime, states } = rig();
    const [first, second] = [new Votes(), new Votes()];
    node.send(acquire({ token: "first" }), first, 0);
    runtime.endTurn();
    node.send(acquire({ token: "second" }), second, 0);
    runtime.nowMs += 1000;
    node.overdue();
    node.overdue();
    connection.answer(0);
    runtime.readInput();
    runtime.endTurn();
    expect(states).toEqual([]);
    expect(connection.log).toEqual([["a:first"], ["a:second"]]);
    expect(second.received).toEqual([]);
  });

  test("what was written after the suspect is not accused of its silence", () => {
    const { node, connection, runtime } = rig();
    node.send(acquire({ token: "first" }), new Votes(), 0);
    runtime.endTurn();
    runtime.nowMs += 50;
    node.overdue();
    connection.answer(0);
    node.send(acquire({ token: "second" }), new Votes(), 0);
    runtime.endTurn();
    runtime.readInput();
    expect(node.state.status).toBe("up");
    runtime.nowMs += 50;
    node.overdue();
    runtime.readInput();
    expect(node.state).toMatchObject({ status: "down", reason: "silent", detail: "no answer for 50 ms" });
  });

  test("a release is written right behind its acquire", () => {
    const { node, connection, runtime } = silent();
    node.send(release({ token: "first" }), new Votes(), 0);
    runtime.endTurn();
    expect(connection.log).toEqual([["a:first"], ["r:first"]]);
  });

  test("a late answer reaches its round and brings the node back", () => {
    const { node, connection, states, first } = silent();
    connection.answer(0);
    expect(first.summary).toEqual(["granted"]);
    expect(states.map((state) => state.status)).toEqual(["down", "up"]);
    expect(node.state).toMatchObject({ status: "up", detail: "" });
  });

  test("a node that is silent for hours under load keeps a bounded number of calls and releases", () => {
    const { node, connection, runtime, warnings } = silent();
    const votes = new Votes();
    for (let turn = 0; turn < 30_000; turn += 1) {
      node.send(acquire({ token: `t${turn}` }), votes, 0);
      node.send(release({ token: `t${turn}` }), votes, 0);
      node.overdue();
      runtime.readInput();
      runtime.nowMs += 1;
      runtime.endTurn();
    }
    expect(connection.calls.length).toBeLessThanOrEqual(256);
    expect(node.state.pendingReleaseCount).toBe(20_000);
    expect(warnings).toEqual(["RELEASES_DROPPED"]);
    connection.answer(0);
    runtime.endTurn();
    expect(node.state.status).toBe("up");
  });

  test("a client that gives up leaves the node silent, and one operation now and then probes it", () => {
    const { node, connection, runtime } = silent();
    connection.fail(0, "Command timed out");
    expect(node.state).toMatchObject({ status: "down", reason: "silent", detail: "Command timed out" });
    const writtenAtMs: number[] = [];
    const startMs = runtime.nowMs;
    for (let elapsedMs = 0; elapsedMs < 5000; elapsedMs += 10) {
      const before = connection.calls.length;
      node.send(inspect("a"), new Votes(), 0);
      runtime.endTurn();
      if (connection.calls.length > before) {
        writtenAtMs.push(runtime.nowMs - startMs);
        connection.fail(before, "Command timed out");
      }
      runtime.nowMs += 10;
    }
    expect(writtenAtMs).toEqual([100, 300, 700, 1500, 2500, 3500, 4500]);
    runtime.nowMs += 1000;
    node.send(inspect("a"), new Votes(), 0);
    runtime.endTurn();
    connection.answer(connection.calls.length - 1, [["holders", "", 0, 0]]);
    expect(node.state.status).toBe("up");
  });
});

describe("disconnected", () => {
  test("what was in flight votes unknown and may hold; a release votes at once and is owed", () => {
    const { node, connection, runtime } = rig();
    const votes = new Votes();
    node.send(acquire({ token: "one" }), votes, 0);
    runtime.endTurn();
    connection.status = "down";
    connection.fail(0, "read ECONNRESET");
    connection.goDown("read ECONNRESET");
    node.send(release({ token: "one" }), votes, 0);
    expect(votes.received).toMatchObject([
      { reason: "disconnected", mayHold: true },
      { reason: "disconnected", mayHold: true },
    ]);
    expect(node.state).toMatchObject({ status: "down", reason: "disconnected", pendingReleaseCount: 1 });
  });

  test("a burst of releases for a node that is cut off for a moment is owed whole, and let go when it matters no more", () => {
    const { node, connection, runtime, warnings } = rig();
    connection.goDown("read ECONNRESET");
    for (let i = 0; i < 15_000; i += 1) node.send(release({ token: `t${i}`, buryMs: 30_000 }), new Votes(), 0);
    runtime.elapse(10_000);
    node.send(release({ token: "later", buryMs: 30_000 }), new Votes(), 0);
    expect(node.state.pendingReleaseCount).toBe(15_001);
    // By this timer alone the node is kept where its Redlock was dropped.
    expect(runtime.timerCount).toBe(1);
    runtime.elapse(20_000);
    expect(node.state.pendingReleaseCount).toBe(1);
    connection.becomeReady();
    expect(connection.log).toEqual([["r:later"]]);
    expect([runtime.timerCount, warnings]).toEqual([0, []]);
  });

  test("owed releases go before anything else when the node is back", () => {
    const { node, connection, runtime } = rig();
    connection.goDown("closed");
    node.send(release({ token: "one" }), new Votes(), 0);
    node.send(release({ token: "two" }), new Votes(), 0);
    connection.becomeReady();
    node.send(acquire({ token: "three" }), new Votes(), 0);
    runtime.endTurn();
    expect(connection.log).toEqual([["r:one", "r:two"], ["a:three"]]);
    expect(node.state.pendingReleaseCount).toBe(0);
  });

  test("a release that was in flight when the connection broke is owed", () => {
    const { node, connection, runtime } = rig();
    node.send(release({ token: "one" }), new Votes(), 0);
    runtime.endTurn();
    connection.status = "down";
    connection.fail(0, "read ECONNRESET");
    connection.goDown("read ECONNRESET");
    connection.becomeReady();
    expect(connection.log).toEqual([["r:one"], ["r:one"]]);
  });

  test("acquires that waited for their turn and were never written owe no release", () => {
    const { node, connection, runtime, warnings } = rig();
    const [acquired, released] = [new Votes(), new Votes()];
    node.send(acquire({ token: "written" }), new Votes(), 0);
    runtime.endTurn();
    node.send(release({ token: "written" }), new Votes(), 0);
    for (let i = 0; i < 2000; i += 1) {
      node.send(acquire({ token: `t${i}` }), acquired, 0);
      node.send(release({ token: `t${i}` }), released, 0);
    }
    connection.status = "down";
    connection.fail(0, "read ECONNRESET");
    connection.goDown("read ECONNRESET");
    expect(node.state.pendingReleaseCount).toBe(1);
    expect(warnings).toEqual([]);
    expect(acquired.received).toHaveLength(2000);
    expect(acquired.received.every((vote) => vote.outcome === "unknown" && !vote.mayHold)).toBe(true);
    expect(released.received).toHaveLength(2000);
  });

  test("a release that buries is owed also where its acquire was not written: a heal may have been", () => {
    const { node, connection, runtime } = rig();
    node.send(inspect("a"), new Votes(), 0);
    runtime.endTurn();
    node.send(acquire({ token: "one" }), new Votes(), 0);
    node.send(release({ token: "one", bury: true }), new Votes(), 0);
    connection.status = "down";
    connection.goDown("read ECONNRESET");
    expect(node.state.pendingReleaseCount).toBe(1);
  });

  test("an owed release that its tombstone would not outlive is forgotten", () => {
    const { node, connection, runtime } = rig();
    connection.goDown("closed");
    node.send(release({ token: "one", buryMs: 30_000 }), new Votes(), 0);
    runtime.nowMs += 30_001;
    connection.becomeReady();
    expect(connection.calls).toHaveLength(0);
  });

  test("a release that buries still buries when the same token is released again", () => {
    const { node, connection } = rig();
    connection.goDown("closed");
    node.send(release({ token: "one", bury: true }), new Votes(), 0);
    node.send(release({ token: "one" }), new Votes(), 0);
    connection.becomeReady();
    expect(connection.written(0).operations).toMatchObject([{ token: "one", bury: true }]);
  });
});

describe("errors of the node itself", () => {
  test("a node that is loading or busy votes unknown and stays up; its releases are asked again", () => {
    const { node, connection, runtime } = rig();
    const votes = new Votes();
    node.send(release({ token: "one" }), votes, 0);
    runtime.endTurn();
    connection.answer(0, [["error", "LOADING Redis is loading the dataset in memory"]], ["", -1, 0]);
    runtime.endTurn();
    expect(votes.summary).toEqual(["unknown error"]);
    expect(node.state).toMatchObject({ status: "up", pendingReleaseCount: 1 });
    expect(connection.calls).toHaveLength(1);
    node.send(acquire({ token: "two" }), votes, 0);
    runtime.endTurn();
    expect(connection.log[1]).toEqual(["r:one"]);
  });

  test("a release that a loading node refused is asked again though nothing else is sent", () => {
    const { node, connection, runtime } = rig();
    node.send(release({ token: "one" }), new Votes(), 0);
    runtime.endTurn();
    const loading = [["error", "LOADING Redis is loading the dataset in memory"]] as const;
    for (let turn = 0; turn < 10; turn += 1) {
      connection.answer(connection.calls.length - 1, loading, ["", -1, 0]);
      runtime.endTurn();
      runtime.elapse(100);
    }
    expect(connection.log.length).toBeGreaterThan(2);
    expect(connection.log.length).toBeLessThan(6);
    connection.answer(connection.calls.length - 1);
    runtime.elapse(10_000);
    expect(node.state.pendingReleaseCount).toBe(0);
    expect(runtime.timerCount).toBe(0);
  });

  test("a release that the client gave up is asked again though nothing else is sent", () => {
    const { node, connection, runtime } = rig();
    node.send(release({ token: "one" }), new Votes(), 0);
    runtime.endTurn();
    connection.fail(0, "Command timed out");
    expect(node.state).toMatchObject({ reason: "silent", pendingReleaseCount: 1 });
    runtime.elapse(1000);
    expect(connection.log).toEqual([["r:one"], ["r:one"]]);
    connection.answer(1);
    expect(node.state).toMatchObject({ status: "up", pendingReleaseCount: 0 });
  });

  test("a closed node asks for nothing again", async () => {
    const { node, connection, runtime } = rig();
    node.send(release({ token: "one" }), new Votes(), 0);
    runtime.endTurn();
    connection.fail(0, "Command timed out");
    await node.close();
    expect(runtime.timerCount).toBe(0);
  });

  test("without the permission for INFO the guard is reported as off, once", () => {
    const { node, connection, runtime, warnings } = rig();
    const votes = new Votes();
    for (const call of [0, 1]) {
      node.send(acquire(), votes, 0);
      runtime.endTurn();
      connection.answer(call, [1], ["?", 0, 0]);
    }
    expect(votes.received[0]).toMatchObject({ evidence: { runId: undefined, memoryAgeMs: Infinity } });
    expect(warnings).toEqual(["GUARD_OFF"]);
  });

  test("an error of the whole call says nothing about the permission for INFO", () => {
    const { node, connection, runtime, warnings } = rig();
    node.send(acquire(), new Votes(), 0);
    runtime.endTurn();
    connection.answer(0, [["error", "NOAUTH Authentication required."]], ["", -1, 0]);
    expect(warnings).toEqual([]);
  });
});

describe("how long a node has kept its memory", () => {
  type Header = readonly [string, number, number];

  function evidenceOf(...headers: readonly Header[]): (NodeEvidence | undefined)[] {
    const { node, connection, runtime } = rig();
    const votes = new Votes();
    for (const [call, header] of headers.entries()) {
      node.send(acquire(), votes, 0);
      runtime.endTurn();
      connection.answer(call, [1], header);
      runtime.nowMs += 7000;
    }
    return votes.received.map(({ evidence }) => evidence);
  }

  const told = (life: string, memoryAgeMs: number, key = "quorate:life"): Header => [
    `run ${life} ${key}`,
    memoryAgeMs,
    0,
  ];

  test("is what its record says", () => {
    const life = "a 1000 promoted";
    expect(evidenceOf(told(life, 2500))).toEqual([
      { runId: "run", life, memoryAgeMs: 2500, cause: "promoted", replica: false },
    ]);
  });

  test.each([
    ["cannot keep a record", ["run !OOM no memory", 0, 0], { life: "", memoryAgeMs: 0, cause: "OOM no memory" }],
    ["is a replica", ["run", 0, 1], { life: "", memoryAgeMs: 0, replica: true }],
    ["tells no number", told("a 1 fresh", NaN), { memoryAgeMs: 0 }],
    ["tells something else", ["what?", 5000, 0], { life: "", memoryAgeMs: 0 }],
  ] as const)("a node that %s has none", (_what, header, evidence) => {
    expect(evidenceOf(header)).toMatchObject([evidence]);
  });

  test("counts from the first sight where another server was known at that address", () => {
    const [one, other] = ["one 1 fresh", "other 1 fresh"];
    const ages = evidenceOf(told(one, 9e6), told(other, 9e6), told(other, 9e6), told(one, 9e6), told(one, 500)).map(
      (evidence) => evidence?.memoryAgeMs,
    );
    expect(ages).toEqual([9e6, 0, 7000, 0, 500]);
  });

  test("is asked by slot on a Cluster: one in another slot is not another one there", () => {
    const [one, two] = [told("a 1 fresh", 9e6, "quorate:life:1"), told("a 2 fresh", 9e6, "quorate:life:2")];
    expect(evidenceOf(one, two, one).map((evidence) => evidence?.memoryAgeMs)).toEqual([9e6, 9e6, 9e6]);
  });
});
