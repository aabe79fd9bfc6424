/**
 * The node model is the specification of the Lua: the same operations are answered the same by both.
 *
 * Time passes here without waiting: on the real server every key's remaining life is shortened, in the model the
 * node's clock is moved on. All TTLs end in half a second and all pauses are whole seconds, so that no key is ever
 * about to end while it is looked at, and the few milliseconds that a real command takes change no answer.
 */
import fc from "fast-check";
import { type ChainableCommander, Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";

import { encodeOperations } from "../../../redlock/src/node/encode.ts";
import { besideKey, fenceKey } from "../../../redlock/src/node/keys.ts";
import type { Operation } from "../../../redlock/src/node/operation.ts";
import { scriptText } from "../../../redlock/src/lua/script.ts";
import { type Fleet, startFleet } from "../../src/redis/fleet.ts";
import { lineKey } from "../../src/sim/line-model.ts";
import { NodeModel } from "../../src/sim/node-model.ts";
import type { Notice } from "../../src/sim/script-run.ts";

const resources = ["a", "b", "{b}:c"];
const toleranceMs = 450;
const dayUs = 86_400_000_000;

type Step =
  | { readonly kind: "batch"; readonly operations: readonly Operation[] }
  | { readonly kind: "pass"; readonly seconds: number }
  | { readonly kind: "foreign"; readonly key: string }
  | { readonly kind: "endless"; readonly key: string; readonly token: string }
  | { readonly kind: "delete"; readonly key: string }
  | { readonly kind: "memory"; readonly isFull: boolean }
  | { readonly kind: "flush" };

const key = fc.constantFrom(...resources);
const anyKey = fc.oneof(
  key,
  fc.constantFrom(...resources.flatMap((name) => [fenceKey(name), lineKey(fenceKey(name))])),
);
const keys = fc.uniqueArray(key, { minLength: 1, maxLength: 3 });
const token = fc.constantFrom("A", "B", "C");
const ttlMs = fc.integer({ min: 0, max: 9 }).map((seconds) => seconds * 1000 + 500);
const retentionMs = fc.integer({ min: 0, max: 3 }).map((seconds) => seconds * 1000);
/** Few values, so that they meet; now and then none, and one that no clock would propose. */
const fence = fc.oneof(
  { weight: 10, arbitrary: fc.integer({ min: 0, max: 5 }).map((step) => 1_700_000_000_000_000 + step) },
  { weight: 2, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.constant(Date.now() * 1000 + 3 * dayUs) },
);

const lockFields = { keys, token, fence, ttlMs, fenceRetentionMs: retentionMs };
/** Nobody listens in the process "v". */
const rank = {
  ticket: fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 98, max: 101 }) },
    { weight: 1, arbitrary: fc.constant(0) },
  ),
  waiter: fc.constantFrom("w.1", "w.2", "v.1"),
};
const place = fc.record({
  ...rank,
  keepMs: fc.oneof({ weight: 5, arbitrary: ttlMs }, { weight: 1, arbitrary: fc.constant(0) }),
  number: fc.integer({ min: 1, max: 3 }),
  claimMs: fc.constantFrom(0, 500, 2_500),
});
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("acquire" as const), ...lockFields, place }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("acquire" as const), ...lockFields }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("heal" as const), ...lockFields }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("extend" as const), ...lockFields }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("release" as const),
      keys,
      token,
      fence,
      bury: fc.boolean(),
      announce: fc.boolean(),
      buryMs: ttlMs,
      leaves: fc.option(fc.record(rank), { nil: undefined }),
      keepMs: fc.option(ttlMs, { nil: undefined }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("inspect" as const), keys }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("notice" as const), keys }) },
);

/** Where a node keeps who holds a resource together with others. */
function partOf(...names: readonly ("slots" | "buried")[]): fc.Arbitrary<string> {
  const all = ["holders", ...names] as const;
  return fc.tuple(key, fc.constantFrom(...all)).map(([name, part]) => besideKey(fenceKey(name), part));
}

/** What is held together with others. */
const one = key.map((name) => [name]);
const highFence = fc.integer({ min: 0, max: 5 }).map((step) => 1_700_000_000_000_000 + step);
const anyTerms = fc.oneof(
  fc
    .record({ keys, shared: fc.uniqueArray(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 3 }) })
    .map(({ keys: all, shared }) => ({ keys: all, shared: shared.filter((index) => index < all.length) })),
  fc.record({ keys: one, slots: fc.uniqueArray(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 2 }) }),
);
const named = { token, fence: highFence };
const lasting = { ttlMs, fenceRetentionMs: retentionMs };
const how = fc.constantFrom("s", "s0", "s1", "s0/2", "p1/2", "p2/3", undefined);
const besidePlace = fc.option(
  fc.tuple(place, how).map(([known, wish]) => ({ ...known, claimMs: 0, how: wish })),
  { nil: undefined },
);
const permits = fc
  .record({
    of: fc.integer({ min: 1, max: 4 }),
    weight: fc.integer({ min: 1, max: 2 }),
    start: fc.integer({ min: 0, max: 3 }),
  })
  .map(({ of, weight, start }) => ({ of, weight: Math.min(weight, of), start: start % of }));
const sharedTerms = anyTerms.filter((terms): terms is { keys: string[]; shared: number[] } => "shared" in terms);
const beside: fc.Arbitrary<Operation> = fc.oneof(
  fc
    .tuple(sharedTerms, fc.record({ kind: fc.constant("acquire" as const), ...named, ...lasting, place: besidePlace }))
    .map(([terms, rest]) => ({ ...rest, ...terms })),
  fc.record({ kind: fc.constant("acquire" as const), keys: one, ...named, ...lasting, place: besidePlace, permits }),
  ...(["extend", "heal"] as const).map((kind) =>
    fc
      .tuple(anyTerms, fc.record({ kind: fc.constant(kind), ...named, ...lasting }))
      .map(([terms, rest]) => ({ ...rest, ...terms })),
  ),
  fc.record({ kind: fc.constant("share" as const), keys, ...named, ...lasting }),
  fc
    .tuple(
      anyTerms,
      fc.record({
        kind: fc.constant("release" as const),
        ...named,
        bury: fc.boolean(),
        announce: fc.boolean(),
        buryMs: ttlMs,
        leaves: fc.option(
          fc.record(rank).filter(({ ticket }) => ticket > 0),
          { nil: undefined },
        ),
        keepMs: fc.option(ttlMs, { nil: undefined }),
      }),
    )
    .map(([terms, { keepMs, ...rest }]) => ({ ...rest, ...terms, ...(keepMs !== undefined && { keepMs }) })),
);

const besideStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant("batch" as const),
      operations: fc.array(fc.oneof({ weight: 4, arbitrary: beside }, { weight: 1, arbitrary: operation }), {
        minLength: 1,
        maxLength: 3,
      }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("pass" as const), seconds: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("delete" as const), key: fc.oneof(key, partOf("slots")) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("foreign" as const), key: fc.oneof(key, partOf("buried")) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("memory" as const), isFull: fc.boolean() }) },
);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant("batch" as const),
      operations: fc.array(operation, { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("pass" as const), seconds: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("delete" as const), key: anyKey }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("foreign" as const), key: anyKey }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("endless" as const), key: anyKey, token }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("memory" as const), isFull: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("flush" as const) }) },
);

/** Both sides answer a list of steps with one line of text each. */
interface Side {
  run(step: Step): Promise<unknown>;
}

const shortenAllLives = `
for _, key in ipairs(redis.call("KEYS", "*")) do
  local life = redis.call("PTTL", key)
  if string.sub(key, -5) == ":line" then
    local kind = redis.call("TYPE", key).ok
    for _, member in ipairs(kind == "zset" and redis.call("ZRANGE", key, 0, -1) or {}) do
      local shorter = string.gsub(member, "^(%d+ %S+ )(%d+)", function(rank, keptUntil)
        return rank .. string.format("%.0f", tonumber(keptUntil) - tonumber(ARGV[1]))
      end)
      redis.call("ZADD", key, 0, shorter)
      redis.call("ZREM", key, member)
    end
  end
  local isTimes = string.find(key, ":holders$") or string.find(key, ":buried$")
  if isTimes and redis.call("TYPE", key).ok == "zset" then
    local list = redis.call("ZRANGE", key, 0, -1, "WITHSCORES")
    for at = 1, #list, 2 do redis.call("ZADD", key, string.format("%.0f", tonumber(list[at + 1]) - tonumber(ARGV[1])), list[at]) end
  end
  if life >= 0 then redis.call("PEXPIRE", key, life - tonumber(ARGV[1])) end
end`;

let fleet: Fleet;
let redis: Redis;
let subscriber: Redis;
const heard: Notice[] = [];

beforeAll(async () => {
  fleet = await startFleet({ nodes: 1 });
  redis = new Redis(fleet.node(0).url);
  subscriber = new Redis(fleet.node(0).url);
  await subscriber.psubscribe("*:released", "*:w");
  subscriber.on("pmessage", (_pattern, channel: string, message: string) => heard.push({ channel, message }));
});

afterAll(async () => {
  redis?.disconnect();
  subscriber?.disconnect();
  await fleet?.stop();
});

let maxMemory = "0";

/** What the test itself puts there is not refused. */
function despiteMemory(put: (pipeline: ChainableCommander) => ChainableCommander): Promise<unknown> {
  return put(redis.pipeline().config("SET", "maxmemory", "0"))
    .config("SET", "maxmemory", maxMemory)
    .exec();
}

const real: Side = {
  async run(step) {
    switch (step.kind) {
      case "batch": {
        const args: string[] = [];
        encodeOperations(step.operations, "", args);
        const reply = (await redis.eval(scriptText, ...(args as [string]))) as unknown[];
        await subscriber.ping();
        return { answers: reply.slice(3), notices: heard.splice(0) };
      }
      case "pass":
        return void (await despiteMemory((pipeline) => pipeline.eval(shortenAllLives, 0, step.seconds * 1000)));
      case "delete":
        return void (await redis.del(step.key));
      case "foreign":
        return void (await despiteMemory((pipeline) => pipeline.del(step.key).hset(step.key, "field", "1")));
      case "endless":
        return void (await despiteMemory((pipeline) => pipeline.set(step.key, step.token)));
      case "memory":
        maxMemory = step.isFull ? "1" : "0";
        await redis.config("SET", "maxmemory", maxMemory);
        // On a full node it matters whether an extend lengthens a life that was set in this very millisecond.
        await new Promise((resolve) => setTimeout(resolve, step.isFull ? 3 : 0));
        return undefined;
      case "flush":
        return void (await redis.flushall());
    }
  },
};

function makeModel(): Side {
  let passedMs = 0;
  const nowMs = (): number => Date.now() + passedMs;
  const model = new NodeModel("run", nowMs);
  model.listenerCount = (channel) => (channel.endsWith(":v") ? 0 : 1);
  return {
    async run(step) {
      switch (step.kind) {
        case "batch": {
          const { reply, notices } = model.execute(step.operations);
          return { answers: reply.slice(3), notices };
        }
        case "pass":
          passedMs += step.seconds * 1000;
          return undefined;
        case "delete":
          return void model.keyspace.delete(step.key, nowMs());
        case "foreign":
          return void model.keyspace.setForeign(step.key);
        case "endless":
          return void model.keyspace.set(step.key, step.token, undefined);
        case "memory":
          model.outOfMemory = step.isFull;
          return undefined;
        case "flush":
          model.flush();
          return undefined;
      }
    },
  };
}

/** Remaining times are equal within the tolerance, and of errors only the first word counts. */
function expectSame(fromModel: unknown, fromServer: unknown, context: string): void {
  const [left, right] = [fromModel, fromServer].map(normalize);
  expect(left, context).toEqual(right);
}

function normalize(seen: unknown): unknown {
  if (seen === undefined) return seen;
  const { answers, notices } = seen as { answers: readonly unknown[]; notices: readonly Notice[] };
  // Each server has a life of its own, which a message names.
  const told = notices.map(({ channel, message }) => ({
    channel,
    message: message.replace(/ (?:run|[0-9a-f]{40}) /, " life "),
  }));
  return { notices: told.filter(({ channel }) => !channel.endsWith(":v")), answers: answers.map(normalizeAnswer) };
}

function normalizeAnswer(answer: unknown): unknown {
  if (!Array.isArray(answer)) return Number(answer) > 1e12 ? "clock" : answer;
  const kind: unknown = answer[0];
  if (kind === "error") return ["error", String(answer[1]).split(" ")[0]];
  // Read twice, a clock shows two times.
  const isClock = (index: number): boolean => kind === "held" && index === 6;
  return answer.map((part: unknown, index) => {
    if (isClock(index)) return typeof part;
    const isRemaining = kind === "held" ? index === 2 : kind === "holders" && index % 5 === 2;
    if (kind === "holders" && index > 0 && index % 5 === 0) return heldTogether(String(part));
    return isRemaining && typeof part === "number" && part > 0 ? rounded(part) : part;
  });
}

/** In the order of their tokens: two may end at about one time. */
function heldTogether(text: string): string {
  const each = text.match(/\d+ [\d,-]+ \d+:[^\d]*(?:kept \d+ \w)?/g) ?? [];
  return each
    .map((holder) => holder.replace(/^\d+/, (life) => String(rounded(Number(life)))))
    .toSorted((a, b) => (a.replace(/^\d+/, "") < b.replace(/^\d+/, "") ? -1 : 1))
    .join(" ");
}

/** To the half second that every life ends in. */
function rounded(remainingMs: number): number {
  const nearest = Math.round((remainingMs - 500) / 1000) * 1000 + 500;
  return Math.abs(nearest - remainingMs) < toleranceMs ? nearest : remainingMs;
}

/** Everything that is left on the node: holders, lives and fences. */
const everything: Step = { kind: "batch", operations: resources.map((name) => ({ kind: "inspect", keys: [name] })) };

/** A history that took so long that keys may have ended meanwhile proves nothing: another one is drawn for it. */
async function unlessSlow(play: () => Promise<void>): Promise<void> {
  const startedAtMs = performance.now();
  try {
    await play();
  } catch (error) {
    fc.pre(performance.now() - startedAtMs < toleranceMs);
    throw error;
  }
}

async function expectSameHistory(steps: readonly Step[]): Promise<void> {
  await real.run({ kind: "memory", isFull: false });
  await real.run({ kind: "flush" });
  const model = makeModel();
  for (const step of steps) {
    const fromServer = await real.run(step);
    const fromModel = await model.run(step);
    expectSame(fromModel, fromServer, JSON.stringify(step));
    expectSame(await model.run(everything), await real.run(everything), `after ${JSON.stringify(step)}`);
  }
}

test("random operations, with time passing, are answered the same by the model and by the Lua", async () => {
  const runs = Number(process.env["QUORATE_MODEL_RUNS"] ?? 150);
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), (steps) =>
      unlessSlow(() => expectSameHistory(steps)),
    ),
    {
      numRuns: runs,
      interruptAfterTimeLimit: 120_000,
    },
  );
}, 180_000);

test("what is held together with others is answered the same by the model and by the Lua", async () => {
  const runs = Number(process.env["QUORATE_MODEL_RUNS"] ?? 150);
  await fc.assert(
    fc.asyncProperty(fc.array(besideStep, { minLength: 1, maxLength: 20 }), (steps) =>
      unlessSlow(() => expectSameHistory(steps)),
    ),
    { numRuns: runs, interruptAfterTimeLimit: 120_000 },
  );
}, 180_000);

test("a release in the same call as a reader's acquire calls the readers behind it", async () => {
  const fence = 1_700_000_000_000_000;
  const named = { keys: ["a"], ttlMs: 5_500, fenceRetentionMs: 1_000 };
  const reader = (token: string, ticket: number, waiter: string): Operation => ({
    kind: "acquire",
    ...named,
    token,
    fence: fence + ticket,
    shared: [0],
    place: { ticket, waiter, keepMs: 5_500, number: 1, claimMs: 0, how: "s" },
  });
  const plain = { bury: false, announce: true, buryMs: 5_500 };
  await expectSameHistory([
    { kind: "batch", operations: [{ kind: "acquire", ...named, token: "A", fence }] },
    { kind: "batch", operations: [reader("B", 98, "w.1"), reader("C", 99, "w.2")] },
    {
      kind: "batch",
      operations: [{ kind: "release", keys: ["a"], token: "A", fence, ...plain }, reader("B", 98, "w.1")],
    },
  ]);
});

test("who is kept out of one of several is passed by in the other's line, by both", async () => {
  const fence = 1_700_000_000_000_000;
  const acquire = (names: string[], token: string, ticket: number, shared: number[], how?: string): Operation => ({
    kind: "acquire",
    keys: names,
    token,
    fence: fence + ticket,
    ttlMs: 9_500,
    fenceRetentionMs: 1_000,
    ...(shared.length > 0 && { shared }),
    place: { ticket, waiter: `w.${ticket}`, keepMs: 9_500, number: 1, claimMs: 0, how },
  });
  const both = acquire(["a", "b"], "B", 20, [0], "s0");
  const elders = [
    [],
    [acquire(["a"], "E", 10, [])],
    [acquire(["a"], "E", 10, [0], "s")],
    [acquire(["a"], "E", 30, [])],
    [acquire(["a", "c"], "E", 10, [])],
    [acquire(["a", "c"], "E", 10, []), acquire(["c"], "C", 1, [])],
  ];
  for (const before of elders) {
    const operations = [acquire(["a"], "A", 2, [0], "s"), acquire(["b"], "O", 3, []), ...before, both];
    await expectSameHistory([
      ...operations.map((operation): Step => ({ kind: "batch", operations: [operation] })),
      { kind: "batch", operations: [acquire(["b"], "D", 40, [])] },
      {
        kind: "batch",
        operations: [
          { kind: "release", keys: ["b"], token: "O", fence: fence + 3, bury: false, announce: true, buryMs: 5_500 },
        ],
      },
      { kind: "batch", operations: [acquire(["b"], "D", 40, [])] },
    ]);
  }
});

test("a fence lives as long in the model as on the server", async () => {
  const lives = async (steps: readonly Step[]): Promise<[number, number]> => {
    await real.run({ kind: "memory", isFull: false });
    await real.run({ kind: "flush" });
    let passedMs = 0;
    const nowMs = (): number => Date.now() + passedMs;
    const model = new NodeModel("run", nowMs);
    model.listenerCount = (channel) => (channel.endsWith(":v") ? 0 : 1);
    for (const step of steps) {
      await real.run(step);
      if (step.kind === "batch") model.execute(step.operations);
      else if (step.kind === "pass") passedMs += step.seconds * 1000;
    }
    const onServer = await redis.pttl(fenceKey("a"));
    return [model.keyspace.remainingMs(fenceKey("a"), Math.floor(nowMs())), onServer];
  };
  const single = fc.array(
    fc.oneof(
      fc.record({
        kind: fc.constant("batch" as const),
        operations: fc.array(operation, { minLength: 1, maxLength: 2 }),
      }),
      fc.record({ kind: fc.constant("pass" as const), seconds: fc.integer({ min: 1, max: 4 }) }),
    ),
    { minLength: 1, maxLength: 12 },
  );
  await fc.assert(
    fc.asyncProperty(single, (steps) =>
      unlessSlow(async () => {
        const [modelMs, serverMs] = await lives(steps);
        expect(Math.abs(modelMs - serverMs)).toBeLessThan(toleranceMs);
      }),
    ),
    { numRuns: 150, interruptAfterTimeLimit: 60_000 },
  );
}, 90_000);
