import { connect } from "node:net";
import { once } from "node:events";
import { expect, test, vi } from "vitest";
import { startFleet } from "@quorate/testing";
import { CommandLine } from "../src/redis/command-line.ts";

const withinMs = 3_000;

/** One connection to a URL: commands are pipelined, answers come in order. */
function open(url: string | undefined): { run: (...args: string[]) => Promise<unknown> } & Disposable {
  const line = new CommandLine("127.0.0.1", Number(new URL(url ?? "").port));
  return { run: (...args) => line.run(args, withinMs), [Symbol.dispose]: () => line.close() };
}

/** What a promise has come to: "pending" while nothing. */
function watch(promise: Promise<unknown>): { outcome: unknown } {
  const watched = { outcome: "pending" as unknown };
  void promise.then(
    (answer) => (watched.outcome = answer),
    (error: unknown) => (watched.outcome = error),
  );
  return watched;
}

test("without faults the proxy is not seen", async () => {
  await using fleet = await startFleet({ nodes: 2, proxied: true });
  using line = open(fleet.urls[1]);
  expect(fleet.urls[1]).not.toBe(fleet.node(1).url);
  const big = "x".repeat(3_000_000);
  expect(await line.run("SET", "k", big)).toBe("OK");
  expect(await line.run("GET", "k")).toBe(big);
  expect(await fleet.node(1).command("STRLEN", "k")).toBe(3_000_000);
});

test("64 connections at once get each its own answers, in order", async () => {
  await using fleet = await startFleet({ nodes: 1, proxied: true });
  const lines = Array.from({ length: 64 }, () => open(fleet.urls[0]));
  const wrong: unknown[] = [];
  const askOneByOne = async (line: ReturnType<typeof open>, name: number): Promise<void> => {
    for (let asked = 0; asked < 100; asked += 1) {
      const answer = await line.run("ECHO", `${name}:${asked}`);
      if (answer !== `${name}:${asked}`) wrong.push([name, asked, answer]);
    }
  };
  await Promise.all(lines.map(askOneByOne));
  for (const line of lines) line[Symbol.dispose]();
  expect(wrong).toEqual([]);
});

test("delays do not add up: 100 requests in a row take one latency each way, and keep their order", async () => {
  await using fleet = await startFleet({ nodes: 1, proxied: true });
  using line = open(fleet.urls[0]);
  await line.run("PING");
  using _ = fleet.net.latency({ delayMs: 40, jitterMs: 5 });
  const startedAtMs = performance.now();
  const answers: Promise<unknown>[] = [];
  for (let count = 1; count <= 100; count += 1) {
    answers.push(line.run("INCR", "counter"));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await Promise.all(answers)).toEqual(Array.from({ length: 100 }, (__, index) => index + 1));
  const elapsedMs = performance.now() - startedAtMs;
  expect(elapsedMs).toBeGreaterThanOrEqual(79);
  // Added up they were eight seconds.
  expect(elapsedMs).toBeLessThan(4_000);
});

test("a slow node hears at once and answers late", async () => {
  await using fleet = await startFleet({ nodes: 1, proxied: true });
  using line = open(fleet.urls[0]);
  await line.run("PING");
  using _ = fleet.net.slow({ nodes: [0], delayMs: 2_000 });
  const startedAtMs = performance.now();
  const answer = line.run("SET", "k", "v");
  const sent = watch(answer);
  await vi.waitFor(async () => expect(await fleet.node(0).command("GET", "k")).toBe("v"), {
    interval: 5,
    timeout: 15_000,
  });
  expect(sent.outcome).toBe("pending");
  await answer;
  expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(1_999);
});

test("what was sent into a partition arrives when it heals, on the same connection and on new ones", async () => {
  await using fleet = await startFleet({ nodes: 2, proxied: true });
  using line = open(fleet.urls[0]);
  using other = open(fleet.urls[1]);
  await line.run("PING");
  const cut = fleet.net.partition([0]);
  const sent = watch(line.run("SET", "late", "1"));
  using late = open(fleet.urls[0]);
  const asked = watch(late.run("PING"));
  for (let trip = 0; trip < 20; trip += 1) await other.run("PING");
  expect([sent.outcome, asked.outcome]).toEqual(["pending", "pending"]);
  expect(await fleet.node(0).keys()).toEqual([]);
  cut[Symbol.dispose]();
  await vi.waitFor(() => expect([sent.outcome, asked.outcome]).toEqual(["OK", "PONG"]), { timeout: 15_000 });
});

test("a one-way partition lets the node hear and not be heard", async () => {
  await using fleet = await startFleet({ nodes: 1, proxied: true });
  using line = open(fleet.urls[0]);
  await line.run("PING");
  let answer: { outcome: unknown };
  {
    using _ = fleet.net.partition([0], { direction: "reply" });
    answer = watch(line.run("SET", "k", "v"));
    await vi.waitFor(async () => expect(await fleet.node(0).command("GET", "k")).toBe("v"), {
      interval: 5,
      timeout: 15_000,
    });
    expect(answer.outcome).toBe("pending");
  }
  await vi.waitFor(() => expect(answer.outcome).toBe("OK"), { timeout: 15_000 });
});

test("a partition of one peer leaves the others connected", async () => {
  await using fleet = await startFleet({ nodes: 1, proxied: true });
  const [urlsOfA, urlsOfB] = await Promise.all([fleet.urlsFor("A"), fleet.urlsFor("B")]);
  using a = open(urlsOfA[0]);
  using b = open(urlsOfB[0]);
  using _ = fleet.net.partition([0], { peers: ["A"] });
  const cutOff = watch(a.run("PING"));
  expect(await b.run("PING")).toBe("PONG");
  expect(cutOff.outcome).toBe("pending");
});

test("a black hole is silent; connections that spoke into it stay dead when it is gone, new ones work", async () => {
  await using fleet = await startFleet({ nodes: 1, proxied: true });
  using line = open(fleet.urls[0]);
  await line.run("PING");
  let swallowed: { outcome: unknown };
  {
    using _ = fleet.net.blackHole([0]);
    swallowed = watch(line.run("SET", "k", "v"));
    using during = open(fleet.urls[0]);
    const unheard = watch(during.run("PING"));
    await fleet.node(0).restart({ keepData: false });
    expect([swallowed.outcome, unheard.outcome]).toEqual(["pending", "pending"]);
  }
  using after = open(fleet.urls[0]);
  expect(await after.run("PING")).toBe("PONG");
  const behindTheGap = watch(line.run("PING"));
  await after.run("PING");
  expect([swallowed.outcome, behindTheGap.outcome]).toEqual(["pending", "pending"]);
  expect(await fleet.node(0).keys()).toEqual([]);
});

test("a lost reply leaves the deed done", async () => {
  await using fleet = await startFleet({ nodes: 1, proxied: true });
  using line = open(fleet.urls[0]);
  await line.run("PING");
  using _ = fleet.net.lostReply({ nodes: [0], operation: "set", count: 1 });
  const answer = watch(line.run("SET", "k", "v"));
  await vi.waitFor(async () => expect(await fleet.node(0).command("GET", "k")).toBe("v"), {
    interval: 5,
    timeout: 15_000,
  });
  using after = open(fleet.urls[0]);
  expect(await after.run("GET", "k")).toBe("v");
  expect(await after.run("SET", "k", "w")).toBe("OK");
  expect(answer.outcome).toBe("pending");
});

test("of several requests that are under way, the one meant loses its reply", async () => {
  await using fleet = await startFleet({ nodes: 1, proxied: true });
  using line = open(fleet.urls[0]);
  await line.run("PING");
  using _ = fleet.net.lostReply({ operation: "incr", count: 1 });
  const asked: unknown[] = [];
  using watched = fleet.net.addRule(({ operation, direction }) => {
    if (direction === "request") asked.push(operation);
    return { kind: "pass" };
  });
  await fleet.node(0).pause();
  const [first, second, third] = [line.run("SET", "k", "1"), line.run("INCR", "k"), line.run("GET", "k")];
  const [lost, behind] = [watch(second), watch(third)];
  await vi.waitFor(() => expect(asked).toEqual(["set", "incr", "get"]), { interval: 5, timeout: 15_000 });
  watched[Symbol.dispose]();
  fleet.node(0).resume();
  expect(await first).toBe("OK");
  await vi.waitFor(async () => expect(await fleet.node(0).command("GET", "k")).toBe("2"), {
    interval: 5,
    timeout: 15_000,
  });
  expect([lost.outcome, behind.outcome]).toEqual(["pending", "pending"]);
});

test("a reset breaks the connection with the request undone, once", async () => {
  await using fleet = await startFleet({ nodes: 1, proxied: true });
  using line = open(fleet.urls[0]);
  await line.run("PING");
  using _ = fleet.net.reset({ operation: "set", count: 1 });
  expect(await line.run("GET", "k")).toBe(null);
  await expect(line.run("SET", "k", "v")).rejects.toThrow("ECONNRESET");
  expect(await line.run("GET", "k")).toBe(null);
  expect(await line.run("SET", "k", "v")).toBe("OK");
});

test("a half-open connection does not notice that its server was killed, a new one does not know of it", async () => {
  await using fleet = await startFleet({ nodes: 1, proxied: true });
  using line = open(fleet.urls[0]);
  await line.run("PING");
  using _ = fleet.net.halfOpen({ nodes: [0] });
  await fleet.node(0).restart({ keepData: false });
  const answer = watch(line.run("PING"));
  using after = open(fleet.urls[0]);
  expect(await after.run("PING")).toBe("PONG");
  expect(answer.outcome).toBe("pending");
});

test("a killed server ends its connections, and refuses new ones until it is back", async () => {
  await using fleet = await startFleet({ nodes: 1, proxied: true });
  using line = open(fleet.urls[0]);
  await line.run("PING");
  const waiting = watch(line.run("BLPOP", "nothing", "0"));
  await fleet.node(0).kill();
  await vi.waitFor(() => expect(waiting.outcome).toBeInstanceOf(Error), { timeout: 15_000 });
  await expect(line.run("PING")).rejects.toThrow(/closed|ECONN/i);
  await fleet.node(0).restart({ keepData: false });
  expect(await line.run("PING")).toBe("PONG");
});

test("sliced replies arrive in pieces and whole", async () => {
  await using fleet = await startFleet({ nodes: 1, proxied: true });
  await fleet.node(0).command("SET", "k", "0123456789");
  using _ = fleet.net.slice({ pieceByteLength: 3, direction: "reply" });
  const socket = connect(Number(new URL(fleet.urls[0] ?? "").port), "127.0.0.1");
  const pieces: string[] = [];
  socket.on("data", (chunk: Buffer) => pieces.push(chunk.toString()));
  socket.write("GET k\r\n");
  await vi.waitFor(() => expect(pieces.join("")).toBe("$10\r\n0123456789\r\n"), { timeout: 15_000 });
  socket.destroy();
  expect(pieces.every((piece) => piece.length <= 3)).toBe(true);
});

test("a sender to a server that does not read is stopped, instead of filling the proxy's memory", async () => {
  await using fleet = await startFleet({ nodes: 1, proxied: true });
  const socket = connect(Number(new URL(fleet.urls[0] ?? "").port), "127.0.0.1");
  await once(socket, "connect");
  await fleet.node(0).pause();
  const total = 64 * 1024 * 1024;
  const chunk = Buffer.alloc(64 * 1024, "x");
  socket.write(`*2\r\n$4\r\nECHO\r\n$${total}\r\n`);
  for (let written = 0; written < total; written += chunk.length) socket.write(chunk);
  const left: number[] = [];
  await vi.waitFor(
    () => {
      left.push(socket.writableLength);
      expect(left.at(-1)).toBe(left.at(-10));
    },
    { interval: 10, timeout: 15_000 },
  );
  expect(left.at(-1)).toBeGreaterThan(total / 2);
  socket.destroy();
});

test("connections that are gone leave nothing in the proxy", async () => {
  await using fleet = await startFleet({ nodes: 1, proxied: true });
  using _ = fleet.net.latency({ delayMs: 1 });
  for (let count = 0; count < 50; count += 1) {
    using line = open(fleet.urls[0]);
    await line.run("PING");
  }
  await vi.waitFor(async () => {
    const clients = String(await fleet.node(0).command("CLIENT", "LIST"))
      .trim()
      .split("\n");
    expect(clients).toHaveLength(1);
  }, 15_000);
});
