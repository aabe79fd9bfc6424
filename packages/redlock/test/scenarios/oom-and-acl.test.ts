/** Nodes that refuse: other data under the name, no memory, no permission, no script. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { QuorumUnavailableError, ResourceLockedError } from "@quorate/redlock";
import { startFleet, type Fleet } from "@quorate/testing";
import { connectTo } from "../support/connect-to.ts";
import { errorOf } from "../support/error-of.ts";
import { callsOf, lifeOn, range, setEverywhere, tokensOn } from "../support/on-nodes.ts";
import { until } from "../support/until.ts";

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ nodes: 3 });
});
afterAll(() => fleet.stop());

const free = range(3).map(() => null);

describe("A11", () => {
  test("with the script caches flushed, everything works, and each node gets the script once or twice for each flush", async () => {
    await using redlock = connectTo(fleet.urls);
    const flush = (): Promise<unknown> => Promise.all(fleet.servers.map((server) => server.flushScripts()));
    await (await redlock.acquire("A11:warm", 20_000)).release();
    await until(async () => (await redlock.inspect("A11:warm")).nodes.every((node) => node.answered));
    await flush();
    const before = await callsOf(fleet, "eval");
    const lock = await redlock.acquire("A11", 20_000);
    // Of several calls that are under way, each is sent again with the script.
    await setEverywhere(fleet, lock);
    await flush();
    await lock.extend(30_000);
    await until(async () => (await lifeOn(fleet, "A11")).every((lifeMs) => lifeMs > 20_000));
    await flush();
    expect(await lock.release()).toBe("released");
    await until(async () => (await tokensOn(fleet, "A11")).every((token) => token === null));
    await Promise.all(
      range(50).map(async (index) => {
        await using many = await redlock.acquire(`A11:${index}`, 20_000);
        await many.extend();
      }),
    );
    await until(async () => (await fleet.lockKeys()).length === 0);
    const reloads = (await callsOf(fleet, "eval")).map((count, node) => count - before[node]!);
    // Twice where two calls were under way to it.
    for (const count of reloads) expect(count).toBeLessThanOrEqual(6);
  });

  test("a node that was replaced by a new server gets the script once, and the lock lives on", async () => {
    await using own = await startFleet({ nodes: 3 });
    await using redlock = connectTo(own.urls);
    await using lock = await redlock.acquire("A11:upgrade", 20_000);
    await setEverywhere(own, lock);
    for (const server of own.servers) {
      await server.restart({ keepData: true });
      await until(async () => (await redlock.inspect("A11:upgrade")).nodes.every((node) => node.answered));
      await lock.extend();
    }
    expect(lock.isHeld()).toBe(true);
    expect(await tokensOn(own, "A11:upgrade")).toEqual(range(3).map(() => lock.token));
    expect(await callsOf(own, "eval")).toEqual([1, 1, 1]);
  });

  test("without the permission for INFO everything works, and one warning says that the guard is off, and the remedy", async () => {
    const user = { name: "locker", password: "secret", rules: "~* &* +@all -info" };
    await using own = await startFleet({ nodes: 3, server: { user } });
    await using redlock = connectTo(own.urls, { restartGuardMs: undefined });
    const lock = await redlock.acquire("A11:acl", 20_000);
    await lock.extend(30_000);
    expect(await lock.release()).toBe("released");
    await until(async () => (await tokensOn(own, "A11:acl")).every((token) => token === null));
    const off = redlock.warnings.filter(({ code }) => code === "GUARD_OFF");
    expect(off.length).toBe(3);
    for (const [index, { message }] of off.toSorted((a, b) => a.message.localeCompare(b.message)).entries()) {
      expect(message, String(index)).toMatch(/restart guard is off, because the Redis user may not run INFO.*\+info/);
      expect(message).not.toContain("secret");
    }
  });

  test("a user who may not run scripts is told so, with each node's own words", async () => {
    const user = { name: "reader", password: "secret", rules: "~* &* +@read +info +ping +client" };
    await using own = await startFleet({ nodes: 3, server: { user } });
    await using redlock = connectTo(own.urls);
    const error = await errorOf(redlock.acquire("A11:reader", 20_000, { waitMs: 0 }));
    expect(error).toBeInstanceOf(QuorumUnavailableError);
    expect(error.message).toMatch(/NOPERM.*eval/);
    expect(error.message).not.toContain("secret");
  });
});

describe("A14", () => {
  const kinds: readonly (readonly [string, readonly string[]])[] = [
    ["hash", ["HSET", "field", "value"]],
    ["list", ["RPUSH", "one", "two"]],
    ["set", ["SADD", "member"]],
    ["sorted set", ["ZADD", "1", "member"]],
    ["stream", ["XADD", "1-1", "field", "value"]],
  ];

  test.each(kinds)(
    "a name under which a %s is kept: the error says so, and the data are left alone",
    async (kind, [command, ...data]) => {
      await using redlock = connectTo(fleet.urls);
      const key = `A14:${kind}`;
      await Promise.all(fleet.servers.map((server) => server.command(command!, key, ...data)));
      const before = await Promise.all(fleet.servers.map((server) => server.command("DUMP", key)));
      for (const resources of [key, ["A14:beside", key]]) {
        const error = await errorOf(redlock.acquire(resources, 20_000, { waitMs: 0 }));
        expect(error).toBeInstanceOf(QuorumUnavailableError);
        expect(error.message).toContain(`"${key}"`);
        expect(error.message).toMatch(/the key is in use by other data, which is left as it is/);
      }
      expect(await Promise.all(fleet.servers.map((server) => server.command("DUMP", key)))).toEqual(before);
      expect(await lifeOn(fleet, key)).toEqual([-1, -1, -1]);
      expect(await tokensOn(fleet, "A14:beside")).toEqual(free);
    },
  );

  test("a plain string that is no lock is held by someone else, with no TTL, and is left alone", async () => {
    await using redlock = connectTo(fleet.urls);
    await Promise.all(fleet.servers.map((server) => server.command("SET", "A14:string", "a document")));
    const error = (await errorOf(redlock.acquire("A14:string", 20_000, { waitMs: 0 }))) as ResourceLockedError;
    expect(error).toBeInstanceOf(ResourceLockedError);
    expect(error.remainingMs).toBe(Infinity);
    expect(error.message).toMatch(/with no TTL/);
    expect(await tokensOn(fleet, "A14:string")).toEqual(range(3).map(() => "a document"));
  });
});

describe("A16", () => {
  afterEach(() => Promise.all(fleet.servers.map((server) => server.freeMemory())));

  test("on nodes that are out of memory acquire fails and says OOM; nothing is left", async () => {
    await using redlock = connectTo(fleet.urls);
    await redlock.inspect("A16");
    await Promise.all([0, 1].map((node) => fleet.node(node).fillMemory()));
    const error = (await errorOf(redlock.acquire("A16", 20_000, { waitMs: 0 }))) as QuorumUnavailableError;
    expect(error).toBeInstanceOf(QuorumUnavailableError);
    expect(error.message).toMatch(/(?:127\.0\.0\.1:\d+(?:, |: )){2}error \(OOM/);
    expect((error.cause as Error).message).toMatch(/^OOM/);
    expect(error.votes.filter(({ reason }) => reason === "error").length).toBe(2);
    expect(await tokensOn(fleet, "A16")).toEqual(free);
  });

  test("one such node of three is outvoted", async () => {
    await using redlock = connectTo(fleet.urls);
    await fleet.node(1).fillMemory();
    await using lock = await redlock.acquire("A16:minority", 20_000);
    expect(await tokensOn(fleet, "A16:minority")).toEqual([lock.token, null, lock.token]);
  });

  test("extend and release work on nodes that are out of memory", async () => {
    await using redlock = connectTo(fleet.urls);
    const lock = await redlock.acquire("A16:held", 10_000);
    await setEverywhere(fleet, lock);
    await Promise.all(fleet.servers.map((server) => server.fillMemory()));
    await lock.extend(30_000);
    await until(async () => (await lifeOn(fleet, "A16:held")).every((ms) => ms > 20_000));
    expect(await lock.release()).toBe("released");
    await until(async () => (await tokensOn(fleet, "A16:held")).every((token) => token === null));
  });

  test("releases of nothing, and of what somebody else holds, work there too", async () => {
    await using redlock = connectTo(fleet.urls);
    const lock = await redlock.acquire("A16:other", 10_000);
    await setEverywhere(fleet, lock);
    await Promise.all(fleet.servers.map((server) => server.command("SET", "A16:other", "somebody-else", "PX", 20_000)));
    await Promise.all(fleet.servers.map((server) => server.fillMemory()));
    expect(await lock.release()).toBe("lost");
    expect(await tokensOn(fleet, "A16:other")).toEqual(range(3).map(() => "somebody-else"));
  });
});
