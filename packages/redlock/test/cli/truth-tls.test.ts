/** Addresses that say TLS of a server that has none, and the reverse: see truth.test.ts. */
import { createServer, type AddressInfo, connect, type Server, type Socket } from "node:net";
import { type Fleet, startFleet } from "@quorate/testing";
import { Redlock } from "@quorate/redlock";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTlsServers } from "../support/tls-servers.ts";
import { until } from "../support/until.ts";
import { type Agreed, agree, type DoctorFinding, examine } from "./agreement.ts";

let fleet: Fleet;
beforeAll(async () => {
  const user = { name: "locker", password: "pw", rules: "~* &* +@all" };
  fleet = await startFleet({ nodes: 3, server: { user } });
});
afterAll(() => fleet.stop());

const withTls = (url: string): string => url.replace("redis://", "rediss://");
const withoutTls = (url: string): string => url.replace("rediss://", "redis://");

interface Mistake extends Agreed {
  /** The addresses of two, and how to end what was started for them. */
  readonly start: () => Promise<{ readonly urls: readonly string[]; readonly stop?: () => Promise<void> }>;
}

const mistakes: Readonly<Record<string, Mistake>> = {
  "rediss:// to two that have no TLS": {
    start: async () => ({ urls: fleet.urls.slice(0, 2).map(withTls) }),
    error: /On 2 nodes no connection with TLS is made in time: .*without TLS is silent .* then use redis:\/\//,
    why: /no connection with TLS is made in time .*then use redis:\/\//,
    finding: "UNREACHABLE",
    remedy: /Use redis:\/\/ for it/,
  },
  "redis:// to two that want TLS": {
    start: async () => {
      const { urls, stop } = await startTlsServers(2);
      return { urls: urls.map(withoutTls), stop };
    },
    error: /On 2 nodes the connection is cut: .*wants TLS cuts off .* then use rediss:\/\//,
    why: /the connection is cut .*then use rediss:\/\//,
    finding: "UNREACHABLE",
    remedy: /Use rediss:\/\/ for it/,
  },
};

test.each(Object.entries(mistakes))("%s", async (_name, { start, ...said }) => {
  const { urls: two, stop } = await start();
  const urls = [...two, fleet.urls[2]!];
  await using redlock = Redlock.connect(urls, { restartGuardMs: 0 });
  // The first attempt ends after a second.
  await until(() => redlock.health().nodes.filter(({ why }) => said.why.test(why)).length === 2);
  await agree(redlock, urls, said);
  await stop?.();
});

const unreachable = async (url: string): Promise<DoctorFinding | undefined> =>
  (await examine([url, ...fleet.urls.slice(1)])).findings.find(({ code }) => code === "UNREACHABLE");

test("a server that stands still is not taken for one without TLS, whatever the address says", async () => {
  await fleet.node(0).pause();
  for (const url of [fleet.urls[0]!, withTls(fleet.urls[0]!)]) {
    expect(await unreachable(url)).toMatchObject({ remedy: expect.stringContaining("stands still") });
  }
  fleet.node(0).resume();
});

test("one that cuts every connection is not taken for one with TLS", async () => {
  await using cutter = await listen((socket) => socket.destroy());
  const finding = await unreachable(`redis://127.0.0.1:${cutter.port}`);
  expect(finding?.remedy).toContain("See that the server runs");
  expect(finding?.problem).not.toContain("TLS");
});

test("one that answers without TLS, but not as Redis does, is not taken for Redis", async () => {
  await using silent = await listen((socket) => {
    socket.on("error", () => {});
    socket.on("data", (data) => {
      if (data.toString("latin1").startsWith("PING")) socket.write("HTTP/1.1 400 Bad Request\r\n\r\n");
    });
  });
  const finding = await unreachable(`rediss://127.0.0.1:${silent.port}`);
  expect(finding?.problem).not.toContain("without TLS");
});

test("a server without TLS is told no password, and asked no more than PING", async () => {
  let heard = "";
  await using listener = await listen((socket) => {
    socket.on("error", () => {});
    socket.on("data", (data) => {
      const text = data.toString("latin1");
      if (text.startsWith("\u0016")) return;
      heard += text;
      socket.write("-NOAUTH Authentication required.\r\n");
    });
  });
  const finding = await unreachable(`rediss://locker:pw@127.0.0.1:${listener.port}`);
  expect(finding?.problem).toContain("a server without TLS answers");
  expect(heard).toBe("PING\r\n");
});

test("one to which no connection is made is not said to be connected", async () => {
  await using full = await startFleet({ nodes: 1, server: { config: { "tcp-backlog": "1" } } });
  await full.node(0).pause();
  // The system takes a few in for a server that stands still, and then answers no more.
  const waiting = Array.from({ length: 8 }, () => connect(full.node(0).port, "127.0.0.1").on("error", () => {}));
  await until(() => waiting.filter(({ connecting }) => !connecting).length >= 1);
  expect(await unreachable(full.urls[0]!)).toMatchObject({
    problem: expect.stringContaining("no connection to that port is made in time"),
    remedy: expect.stringContaining("a firewall"),
  });
  for (const socket of waiting) socket.destroy();
});

interface Listener extends AsyncDisposable {
  readonly port: number;
}

async function listen(onConnection: (socket: Socket) => void): Promise<Listener> {
  const server = await new Promise<Server>((resolve) => {
    const made = createServer(onConnection).listen(0, "127.0.0.1", () => resolve(made));
  });
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}
