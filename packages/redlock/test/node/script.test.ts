import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startFleet, type Fleet, type RedisServer } from "@quorate/testing";
import { fenceKey } from "../../src/node/index.ts";
import { acquire, extend, fenceNow, heal, inspect, release } from "./operations.ts";
import { answersOf, runScript } from "./run-script.ts";

let fleet: Fleet;
let server: RedisServer;

beforeAll(async () => {
  fleet = await startFleet({ nodes: 2 });
  server = fleet.node(0);
});
afterAll(() => fleet.stop());
beforeEach(() => server.flushAll());

const both = { keys: ["a", "b"] };
const rival = { token: "two", fence: fenceNow + 1 };
const pttl = async (key: string): Promise<number> => Number(await server.command("PTTL", key));

async function expectLife(key: string, aboutMs: number): Promise<void> {
  const life = await pttl(key);
  expect(life).toBeLessThanOrEqual(aboutMs);
  expect(life).toBeGreaterThan(aboutMs - 2000);
}

describe("acquire", () => {
  test.each([[["a"]], [["a", "b"]]])("sets %j and their fences, with their lives", async (keys) => {
    expect(await answersOf(server, acquire({ keys }))).toEqual([1]);
    for (const key of keys) {
      expect(await server.command("GET", key)).toBe("one");
      expect(await server.command("GET", fenceKey(key))).toBe(String(fenceNow));
      await expectLife(key, 10_000);
      await expectLife(fenceKey(key), 70_000);
    }
  });

  test("is held by another token: which resource, for how long, and the highest fence; nothing is set", async () => {
    await answersOf(server, acquire({ keys: ["b"] }));
    const [answer] = await answersOf(server, acquire({ ...both, ...rival }));
    expect(answer).toEqual(["held", 1, expect.any(Number), fenceNow, -1, expect.any(String), expect.any(Number)]);
    expect(await server.lockKeys()).toEqual(["b"]);
  });

  test("a foreign key that never ends is held for ever (-1)", async () => {
    await server.command("SET", "a", "someone");
    expect(await answersOf(server, acquire({ keys: ["a"] }))).toEqual([
      ["held", 0, -1, 0, -1, expect.any(String), expect.any(Number)],
    ]);
  });

  test.each([[["a"]], [["a", "b"]]])("of %j is stale when a fence has reached T", async (keys) => {
    await answersOf(server, acquire({ keys: ["a"] }), release({ keys: ["a"] }));
    expect(await answersOf(server, acquire({ keys, token: "two" }))).toEqual([["stale", fenceNow]]);
    expect(await server.lockKeys()).toEqual([]);
    expect(await answersOf(server, acquire({ keys, ...rival }))).toEqual([1]);
  });

  test.each([[["a"]], [["a", "b"]]])("of %j, repeated, is granted again and shortens nothing", async (keys) => {
    await answersOf(server, acquire({ keys, ttlMs: 60_000 }));
    expect(await answersOf(server, acquire({ keys, ttlMs: 1000 }))).toEqual([1]);
    for (const key of keys) {
      await expectLife(key, 60_000);
      await expectLife(fenceKey(key), 120_000);
    }
    expect(await answersOf(server, acquire({ keys, ttlMs: 90_000 }))).toEqual([1]);
    for (const key of keys) await expectLife(key, 90_000);
  });

  test("with part of its keys gone is no repeat: the fence refuses it", async () => {
    await answersOf(server, acquire(both));
    await server.command("DEL", "b");
    expect(await answersOf(server, acquire(both))).toEqual([["stale", fenceNow]]);
  });

  test("takes any token, with spaces and line ends too", async () => {
    const odd = { keys: ["a"], token: " a  b\n1 2 " };
    expect(await answersOf(server, acquire(odd), inspect("a"), extend(odd), release(odd))).toEqual([
      1,
      ["holders", odd.token, expect.any(Number), fenceNow, 0, ""],
      1,
      1,
    ]);
  });

  test("without fencing touches no fence key", async () => {
    expect(await answersOf(server, acquire({ ...both, fence: 0 }))).toEqual([1]);
    expect(await answersOf(server, release({ ...both, fence: 0, bury: true }))).toEqual([2]);
    expect(await server.keys()).toEqual([]);
  });

  test("a T more than a day ahead of the node's clock is an error, and its release leaves no tombstone", async () => {
    const fence = fenceNow + 25 * 3600 * 1e6;
    const [refused, released] = await answersOf(server, acquire({ fence }), release({ fence, bury: true }));
    expect(refused).toEqual(["error", expect.stringContaining("more than a day ahead")]);
    expect(released).toBe(0);
    expect(await server.keys()).toEqual([]);
  });

  test.each(["garbage", "-5", "nan", "1e300", "0x10", ""])("a fence key that holds %j is an error", async (text) => {
    await server.command("SET", fenceKey("a"), text);
    expect(await answersOf(server, acquire({ keys: ["a"] }))).toEqual([
      ["error", expect.stringContaining("no fencing token")],
    ]);
    expect(await server.lockKeys()).toEqual([]);
  });

  test("a T that no fence could be read back from is an error, and written nowhere", async () => {
    const fence = fenceNow + 0.5;
    const answers = await answersOf(
      server,
      acquire({ fence }),
      acquire({ ...both, fence }),
      release({ fence, bury: true }),
    );
    for (const answer of answers) expect(answer).toEqual(["error", expect.stringContaining("no fencing token")]);
    expect(await server.keys()).toEqual([]);
    expect(await answersOf(server, acquire())).toEqual([1]);
  });

  test("a fence is exact up to 2^53", async () => {
    await server.command("SET", fenceKey("a"), "9007199254740991");
    expect(await answersOf(server, acquire({ keys: ["a"] }))).toEqual([["stale", 9007199254740991]]);
  });
});

describe("someone else's data under a lock's name", () => {
  test.each(["HSET a field 1", "LPUSH a 1", "SADD a 1", "ZADD a 1 m"])("%s survives every verb", async (command) => {
    const [name = "", ...parameters] = command.split(" ");
    await server.command(name, ...parameters);
    const before = await server.command("DUMP", "a");
    const answers = await answersOf(
      server,
      acquire({ keys: ["a"] }),
      acquire(both),
      heal({ keys: ["a"] }),
      inspect("a"),
      extend({ keys: ["a"] }),
      release({ keys: ["a"] }),
    );
    const wrongType = ["error", expect.stringMatching(/^WRONGTYPE/)];
    expect(answers).toEqual([wrongType, wrongType, wrongType, wrongType, ["lost", 0], 0]);
    expect(await server.command("DUMP", "a")).toEqual(before);
    expect(await server.lockKeys()).toEqual(["a"]);
  });
});

describe("heal", () => {
  test("sets what the node lost: its own fence does not refuse it", async () => {
    await answersOf(server, acquire(both));
    await server.command("DEL", "b");
    expect(await answersOf(server, heal(both))).toEqual([1]);
    expect(await server.lockKeys()).toEqual(["a", "b"]);
  });

  test("after the release is stale: the tombstone refuses it", async () => {
    await answersOf(server, acquire(both), release({ ...both, bury: true }));
    expect(await answersOf(server, heal(both))).toEqual([["stale", fenceNow]]);
  });
});

describe("extend", () => {
  test("lengthens the keys and their fences", async () => {
    await answersOf(server, acquire(both));
    expect(await answersOf(server, extend({ ...both, ttlMs: 40_000 }))).toEqual([1]);
    for (const key of both.keys) {
      await expectLife(key, 40_000);
      await expectLife(fenceKey(key), 100_000);
    }
  });

  test("raises a fence that is below the token it is counted for, so that a later holder gets no lower one", async () => {
    const higher = fenceNow + 1_000_000;
    await answersOf(server, acquire({ keys: ["a"] }));
    expect(await answersOf(server, extend({ keys: ["a"], fence: higher }))).toEqual([1]);
    await answersOf(server, release({ keys: ["a"], fence: higher }));
    const between = acquire({ keys: ["a"], token: "two", fence: higher - 1 });
    expect(await answersOf(server, between)).toEqual([["stale", higher]]);
    await expectLife(fenceKey("a"), 70_000);
  });

  test("makes a fence that was lost, and leaves what is none", async () => {
    await answersOf(server, acquire(both));
    await server.command("DEL", fenceKey("a"), fenceKey("b"));
    await server.command("LPUSH", fenceKey("b"), "someone's");
    expect(await answersOf(server, extend(both))).toEqual([1]);
    expect(await server.command("GET", fenceKey("a"))).toBe(String(fenceNow));
    expect(await server.command("TYPE", fenceKey("b"))).toBe("list");
  });

  test("never shortens", async () => {
    await answersOf(server, acquire({ keys: ["a"], ttlMs: 60_000 }));
    const shorter = extend({ keys: ["a"], ttlMs: 5000 });
    expect(await answersOf(server, shorter)).toEqual([1]);
    await expectLife("a", 60_000);
  });

  test("of keys of which one is not ours is lost, names it and changes nothing", async () => {
    await answersOf(server, acquire(both));
    await server.command("SET", "b", "someone");
    expect(await answersOf(server, extend({ ...both, ttlMs: 60_000 }))).toEqual([["lost", 1]]);
    await expectLife("a", 10_000);
  });
});

describe("release", () => {
  test("deletes what is ours and only that, and says how many", async () => {
    await answersOf(server, acquire(both));
    await server.command("SET", "b", "someone");
    expect(await answersOf(server, release(both))).toEqual([1]);
    expect(await server.lockKeys()).toEqual(["b"]);
  });

  test("buries where the key was not ours: the late acquire is refused", async () => {
    expect(await answersOf(server, release({ keys: ["a"] }), acquire({ keys: ["a"] }))).toEqual([
      0,
      ["stale", fenceNow],
    ]);
    await expectLife(fenceKey("a"), 30_000);
  });

  test("leaves the fence alone where the key was ours, unless it is to bury", async () => {
    await answersOf(server, acquire({ keys: ["a"] }), release({ keys: ["a"] }));
    expect(await server.command("GET", fenceKey("a"))).toBe(String(fenceNow));
    await answersOf(server, release({ keys: ["a"], bury: true }));
    expect(await server.command("GET", fenceKey("a"))).toBe(`${fenceNow} ${fenceNow}`);
    await expectLife(fenceKey("a"), 70_000);
  });

  test("never lowers a fence", async () => {
    await server.command("SET", fenceKey("a"), String(fenceNow + 5000));
    await answersOf(server, release({ keys: ["a"], bury: true }));
    expect(await server.command("GET", fenceKey("a"))).toBe(`${fenceNow + 5000} ${fenceNow}`);
  });
});

describe("inspect", () => {
  test("tells holder, remaining life and fence of each resource", async () => {
    await answersOf(server, acquire({ keys: ["a"] }));
    await server.command("SET", "c", "someone");
    expect(await answersOf(server, inspect("a", "b", "c"))).toEqual([
      ["holders", "one", expect.any(Number), fenceNow, 0, "", "", 0, 0, 0, "", "someone", -1, 0, 0, ""],
    ]);
  });
});

describe("a call", () => {
  test("tells a replica and a promoted replica from a master", async () => {
    const other = fleet.node(1);
    await other.becomeReplicaOf(server);
    expect((await runScript(other, inspect("a")))[2]).toBe(1);
    expect(await answersOf(other, acquire())).toEqual([["error", expect.stringMatching(/^READONLY/)]]);
    await other.promote();
    expect((await runScript(other, inspect("a"))).slice(1, 3)).toEqual([0, 0]);
  });

  test("runs its operations in order, each on its own", async () => {
    await server.command("HSET", "theirs", "field", "1");
    const answers = await answersOf(
      server,
      acquire({ keys: ["a"] }),
      acquire({ keys: ["theirs"] }),
      acquire({ keys: ["a", "b"], token: "two", fence: fenceNow + 1 }),
      release({ keys: ["a"] }),
      acquire({ keys: ["a", "b"], token: "two", fence: fenceNow + 1 }),
      extend({ keys: ["a", "b"], token: "two", fence: 0 }),
    );
    expect(answers.map((answer) => (Array.isArray(answer) ? answer[0] : answer))).toEqual([
      1,
      "error",
      "held",
      1,
      1,
      1,
    ]);
  });

  test("on a node that is out of memory acquire names OOM, extend and release work", async () => {
    await answersOf(server, acquire({ keys: ["a"] }));
    await server.fillMemory();
    try {
      const oom = ["error", expect.stringMatching(/^OOM/)];
      expect(await answersOf(server, acquire({ keys: ["b"] }), acquire({ keys: ["b", "c"] }))).toEqual([oom, oom]);
      expect(await answersOf(server, release({ keys: ["b"] }))).toEqual([0]);
      expect(await answersOf(server, extend({ keys: ["a"], ttlMs: 50_000 }))).toEqual([1]);
      await expectLife("a", 50_000);
      expect(await answersOf(server, release({ keys: ["a"], bury: true }))).toEqual([1]);
      expect(await server.lockKeys()).toEqual([]);
    } finally {
      await server.freeMemory();
    }
  });

  test("a node that may not write answers with an error per operation", async () => {
    await server.configure("min-replicas-to-write", "1");
    try {
      expect(await answersOf(server, acquire(), inspect("a"))).toEqual([
        ["error", expect.stringMatching(/^NOREPLICAS/)],
        ["holders", "", 0, 0, 0, ""],
      ]);
    } finally {
      await server.configure("min-replicas-to-write", "0");
    }
  });
});
