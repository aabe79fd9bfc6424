/** Why a node is away, where its server says so once and the system cuts the next attempts short. */
import { expect, test } from "vitest";
import { type ClientFacts, sharedClient } from "../../src/node/shared-client.ts";

const full = "ERR max number of clients reached";

/** A client, its events, and with what it was last told to be away. */
function watched(): { client: ClientFacts; told: string[] } {
  const told: string[] = [];
  let client: ClientFacts | undefined;
  const user = { onReady: () => {}, onDown: (detail: string) => void told.push(detail) };
  sharedClient({}).join(user, (facts) => {
    client = facts;
    return () => {};
  });
  return { client: client!, told };
}

test.each(["read ECONNRESET", "write EPIPE"])("the server's reply outlives %s", (cut) => {
  const { client, told } = watched();
  for (const detail of [full, cut]) {
    client.failed(detail);
    client.gone();
  }
  expect(told).toEqual([full, full]);
});

test("not what else is found out, nor a connection that stood", () => {
  const { client, told } = watched();
  client.failed(full);
  client.failed("connect ECONNREFUSED 127.0.0.1:6379");
  client.gone();
  client.failed(full);
  client.ready();
  client.failed("read ECONNRESET");
  client.gone();
  expect(told).toEqual(["connect ECONNREFUSED 127.0.0.1:6379", "read ECONNRESET"]);
});
