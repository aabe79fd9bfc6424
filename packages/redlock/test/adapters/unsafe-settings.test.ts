/** Which settings of a client that a user brought are warned of, and that the remedy is one. */
import { createClient as createClient5 } from "redis5";
import { createClient as createClient6 } from "redis6";
import { describe, expect, test } from "vitest";
import { adaptClients, type RedisClient } from "../../src/node/adapt.ts";
import { systemRuntime } from "../../src/runtime/system.ts";

/** What is told of a client that never connects. */
async function warningOf(client: object): Promise<string | undefined> {
  const [node] = adaptClients([client as RedisClient], systemRuntime);
  let warning: string | undefined;
  node!.setListener({
    onStatus: () => {},
    onWarning: (code, message) => {
      if (code === "UNSAFE_CLIENT_SETTING") warning = message;
    },
  });
  await node!.close();
  return warning;
}

const url = "redis://user:secret@127.0.0.1:1";

type Create = (options: object) => object;

describe.each([
  ["node-redis 5", createClient5 as Create],
  ["node-redis 6", createClient6 as Create],
])("%s", (_name, create) => {
  const cases: readonly (readonly [string, object, RegExp])[] = [
    ["the default settings", {}, /socket\.socketTimeout is not set/],
    [
      "a time-out without pings",
      { socket: { socketTimeout: 3_000, reconnectStrategy: 250 } },
      /pingInterval is not below socket\.socketTimeout/,
    ],
    [
      "pings that come too late",
      { pingInterval: 3_000, socket: { socketTimeout: 3_000, reconnectStrategy: 250 } },
      /pingInterval is not below/,
    ],
    [
      "node-redis's own way to reconnect, which a time-out ends",
      { pingInterval: 1_000, socket: { socketTimeout: 3_000 } },
      /reconnectStrategy is node-redis's own/,
    ],
    [
      "no reconnecting",
      { pingInterval: 1_000, socket: { socketTimeout: 3_000, reconnectStrategy: false } },
      /never comes back/,
    ],
  ];

  test.each(cases)("%s: warned of, with the remedy and without the password", async (_title, options, says) => {
    const warning = await warningOf(create({ url, ...options }));
    expect(warning).toMatch(says);
    expect(warning).toContain("127.0.0.1:1: locks stay safe, but");
    expect(warning).toContain("socketTimeout: 3_000, reconnectStrategy: 250 } }");
    expect(warning).not.toContain("secret");
  });

  test("what the remedy says is not warned of", async () => {
    const remedy = {
      url,
      pingInterval: 1_000,
      socket: { connectTimeout: 1_000, socketTimeout: 3_000, reconnectStrategy: 250 },
    };
    expect(await warningOf(create(remedy))).toBeUndefined();
  });
});

/** As far as settings go: a real one needs a server to be made. */
const glide = (config?: object): object => ({ config, customCommand() {}, invokeScript() {}, close() {} });

test.each([
  ["the default settings", {}, /requestTimeout is 250 \(a node that answers later/],
  ["a short time-out", { requestTimeout: 100 }, /requestTimeout is 100/],
  ["a low limit", { requestTimeout: 1_000, inflightRequestsLimit: 4 }, /inflightRequestsLimit is 4/],
])("valkey-glide with %s: warned of, with the remedy", async (_title, config, says) => {
  const warning = await warningOf(glide({ addresses: [{ host: "h", port: 1 }], ...config }));
  expect(warning).toMatch(says);
  expect(warning).toContain("h:1: locks stay safe, but");
  expect(warning).toContain("requestTimeout: 1_000 })");
});

test.each([[{ requestTimeout: 1_000 }], [undefined]])("valkey-glide with %j is not warned of", async (config) => {
  expect(await warningOf(glide(config))).toBeUndefined();
});
