import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startFleet, type Fleet, type RedisServer } from "@quorate/testing";
import { acquire, extend, inspect, release } from "./operations.ts";
import { libraries, pause, RealNode } from "./real-node.ts";

let fleet: Fleet;
let server: RedisServer;

beforeAll(async () => {
  fleet = await startFleet({
    nodes: [
      {},
      { user: { name: "plain", password: "secret", rules: "~* &* +@all -info -publish" } },
      { config: { maxmemory: "100mb", "maxmemory-policy": "volatile-lru" } },
    ],
  });
  server = fleet.node(0);
});
afterAll(() => fleet.stop());
beforeEach(() => Promise.all(fleet.servers.map((each) => each.flushAll())));

async function scriptCalls(command: "eval" | "evalsha"): Promise<number> {
  const stats = String(await server.command("INFO", "commandstats"));
  return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
}

/** What a tracing library uses of a command. */
interface Traceable {
  readonly name: string;
  readonly args: readonly unknown[];
  resolve: (reply: unknown) => unknown;
}

describe.each(libraries)("$name", (library) => {
  test("a node votes over a plain client", async () => {
    await using real = new RealNode(library.Redis(server.url));
    const info = String(await server.command("INFO", "server"));
    const vote = await real.ask(acquire());
    expect(vote).toMatchObject({ outcome: "granted", evidence: { replica: false } });
    expect(info).toContain(`run_id:${vote.outcome === "granted" ? vote.evidence.runId : ""}`);
    expect(await real.ask(release())).toMatchObject({ outcome: "granted", deletedCount: 1 });
    expect(await server.lockKeys()).toEqual([]);
  });

  test("what traces the client's commands sees ours, and may take their callbacks off", async () => {
    const client = library.Redis(server.url);
    const traced: string[] = [];
    const { sendCommand } = client as unknown as { sendCommand(command: Traceable): unknown };
    (client as unknown as { sendCommand(command: Traceable): unknown }).sendCommand = (command) => {
      const { resolve } = command;
      command.resolve = (reply) => {
        traced.push(`${command.name} ${command.args.length > 0}`);
        return resolve(reply);
      };
      return sendCommand.call(client, command);
    };
    await using real = new RealNode(client);
    await real.ask(inspect("orders"));
    expect(await real.ask(acquire())).toMatchObject({ outcome: "granted" });
    expect(traced.filter((name) => name === "evalsha true")).toHaveLength(1);
  });

  test.each([
    ["lazyConnect", { lazyConnect: true }],
    ["stringNumbers", { stringNumbers: true }],
    ["enableAutoPipelining", { enableAutoPipelining: true }],
    ["RESP2", { protocol: 2 }],
    ["showFriendlyErrorStack", { showFriendlyErrorStack: true }],
    ["no offline queue", { enableOfflineQueue: false, maxRetriesPerRequest: 0, autoResendUnfulfilledCommands: false }],
  ])("a client with %s votes the same", async (_name, options) => {
    await using real = new RealNode(library.Redis(server.url, options));
    expect(await real.ask(acquire())).toMatchObject({ outcome: "granted", deletedCount: 0 });
    expect(await real.ask(acquire({ token: "two" }))).toMatchObject({
      outcome: "refused",
      reason: "held",
      resourceIndex: 0,
      remainingMs: expect.closeTo(10_000, -3),
      fence: acquire().fence,
    });
    expect(await real.ask(inspect("orders", "none"))).toMatchObject({
      holders: [{ token: "one" }, { token: undefined, remainingMs: 0, fence: 0 }],
    });
    expect(await real.ask(release())).toMatchObject({ outcome: "granted", deletedCount: 1 });
  });

  test("a client's keyPrefix stands before the lock key, and inside the fence key", async () => {
    await using real = new RealNode(library.Redis(server.url, { keyPrefix: "app:" }));
    await real.ask(acquire({ keys: ["orders", "{tag}:x"] }));
    expect(await server.keys()).toEqual(["app:orders", "app:{tag}:x", "app:{tag}:x:fence", "{app:orders}:fence"]);
  });

  test("after SCRIPT FLUSH the script is loaded once more, and every operation is answered", async () => {
    await using real = new RealNode(library.Redis(server.url));
    await real.ask(acquire());
    const before = await scriptCalls("eval");
    await server.flushScripts();
    const votes = await Promise.all([real.ask(extend()), real.ask(inspect("orders")), real.ask(release())]);
    expect(votes.map((vote) => vote.outcome)).toEqual(["granted", "granted", "granted"]);
    await real.ask(acquire({ token: "two", fence: acquire().fence + 1 }));
    expect((await scriptCalls("eval")) - before).toBe(1);
  });

  test("an acquire that met a flushed script cache is not written again once it is abandoned", async () => {
    await using real = new RealNode(library.Redis(server.url));
    await real.ask(inspect("orders"));
    await server.flushScripts();
    const receiver = { abandoned: false };
    const vote = real.ask(acquire(), receiver);
    await Promise.resolve();
    await Promise.resolve();
    receiver.abandoned = true;
    expect(await vote).toMatchObject({ outcome: "unknown", mayHold: false });
    expect(await server.lockKeys()).toEqual([]);
  });

  test("a user without INFO and PUBLISH is served, and told that the guard is off", async () => {
    await using real = new RealNode(library.Redis(fleet.node(1).url));
    expect(await real.ask(acquire())).toMatchObject({ outcome: "granted", evidence: { runId: undefined } });
    expect(await real.ask(release({ announce: true }))).toMatchObject({ outcome: "granted", deletedCount: 1 });
    expect(real.warnings.get("GUARD_OFF")).toContain("may not run INFO");
  });

  test("a node that may evict lock keys is named in a warning", async () => {
    await using real = new RealNode(library.Redis(fleet.node(2).url));
    await real.ask(inspect("orders"));
    await expect.poll(() => real.warnings.get("EVICTING_NODE")).toContain("maxmemory-policy volatile-lru");
  });

  test("unsafe settings of a client are named once, with the remedy", async () => {
    await using real = new RealNode(library.Redis(server.url));
    expect(real.warnings.get("UNSAFE_CLIENT_SETTING")).toMatch(/autoResendUnfulfilledCommands.*socketTimeout.*Make it/);
    const options = { autoResendUnfulfilledCommands: false, maxRetriesPerRequest: 0, socketTimeout: 3000 };
    await using safe = new RealNode(library.Redis(server.url, options));
    expect([...safe.warnings.keys()]).toEqual([]);
  });

  test("a wrong password is told in the node's own words", async () => {
    const url = fleet.node(1).url.replace("secret", "wrong");
    await using real = new RealNode(library.Redis(url));
    const vote = await real.ask(acquire());
    expect(vote).toMatchObject({ outcome: "unknown", reason: "disconnected", mayHold: false });
    expect(vote).toMatchObject({ detail: expect.stringContaining("WRONGPASS") });
  });

  test("a closed port is told in the client's words", async () => {
    await using real = new RealNode(library.Redis("redis://127.0.0.1:1"));
    expect(await real.ask(acquire())).toMatchObject({
      reason: "disconnected",
      detail: "connect ECONNREFUSED 127.0.0.1:1",
      mayHold: false,
    });
  });

  test("closing the node leaves the user's client open, without our listeners", async () => {
    const client = library.Redis(server.url);
    const before = listenerCount(client);
    const real = new RealNode(client);
    await real.ask(inspect("orders"));
    await real.node.close();
    expect(client.status).toBe("ready");
    expect(listenerCount(client)).toBe(before);
    client.disconnect();
  });

  test("announcements reach a subscriber, with the channel's name as it was asked for", async () => {
    await using real = new RealNode(library.Redis(server.url, { keyPrefix: "app:" }));
    const heard: string[] = [];
    const end = real.node.subscribe(["orders:released", "other:released"], {
      onSubscribed: () => heard.push("subscribed"),
      onNotice: (channel, message) => heard.push(`${channel} ${message}`),
    });
    await expect.poll(() => heard).toEqual(["subscribed"]);
    await real.ask(acquire());
    await real.ask(release({ announce: true }));
    await real.ask(release({ announce: true }));
    await expect.poll(() => heard).toEqual(["subscribed", expect.stringMatching(/^orders:released /)]);
    await server.command("CLIENT", "KILL", "TYPE", "pubsub");
    await expect.poll(() => heard.slice(2)).toEqual(["subscribed"]);
    end();
    await expect.poll(() => server.command("PUBSUB", "CHANNELS")).toEqual([]);
  });

  test("a thousand subscriptions that come and go leave no channel and no second connection", async () => {
    await using real = new RealNode(library.Redis(server.url));
    const listener = { onSubscribed: () => {}, onNotice: () => {} };
    for (let i = 0; i < 1000; i += 1) real.node.subscribe([`r${i % 50}:released`], listener)();
    const end = real.node.subscribe(["last:released"], listener);
    await expect.poll(() => server.command("PUBSUB", "CHANNELS")).toEqual(["last:released"]);
    const list = String(await server.command("CLIENT", "LIST"));
    expect(list.match(/ sub=1 /g)).toHaveLength(1);
    end();
  });

  test("concurrent operations of many turns are all answered in order", async () => {
    await using real = new RealNode(library.Redis(server.url));
    // ioredis tells the answer of a call that brings the script's text a little later than those behind it.
    await real.ask(inspect("known"));
    const outcomes: string[] = [];
    const asked: Promise<unknown>[] = [];
    for (const kind of ["acquire", "extend", "release"]) {
      for (let i = 0; i < 1000; i += 1) {
        const one = { keys: [`k${i}`], token: `t${i}` };
        const operation = kind === "acquire" ? acquire(one) : kind === "extend" ? extend(one) : release(one);
        asked.push(real.ask(operation).then((vote) => outcomes.push(`${kind} ${i} ${vote.outcome}`)));
        if (i % 100 === 0) await pause(0);
      }
      await Promise.all(asked);
    }
    await Promise.all(asked);
    const expected = ["acquire", "extend", "release"].flatMap((kind) =>
      Array.from({ length: 1000 }, (_, i) => `${kind} ${i} granted`),
    );
    expect(outcomes).toEqual(expected);
    expect(await server.lockKeys()).toEqual([]);
  });
});

function listenerCount(client: unknown): number {
  const emitter = client as { eventNames(): string[]; listenerCount(event: string): number };
  return emitter.eventNames().reduce((sum, event) => sum + emitter.listenerCount(event), 0);
}
