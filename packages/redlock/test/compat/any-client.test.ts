/** node-redlock asks of a client only that it runs scripts: mocks and stubs of an app's tests do no more. */
import { createRequire } from "node:module";
import { expect, test, vi } from "vitest";
import { Redlock as NativeRedlock, type RedisClient } from "@quorate/redlock";
import { memoryNodes } from "@quorate/testing";
import Redlock, { type Client, type ExecutionError } from "@quorate/redlock/compat";
import { implementations } from "./stand.ts";

const RedisMock = createRequire(import.meta.url)("ioredis-mock") as new () => Client;
type Evaluate = (script: string, keyCount: number, parameters: readonly unknown[]) => Promise<number>;
const once = { retryCount: 0 };

test.each(implementations)("$name takes locks on ioredis-mock", async ({ api }) => {
  const client = new RedisMock();
  const redlock = new api.default([client], once);
  const lock = await redlock.acquire(["a", "b"], 5_000);
  expect(await client.get("a")).toBe(lock.value);
  await expect(redlock.acquire(["b"], 5_000)).rejects.toThrow(api.ExecutionError);
  const next = await lock.extend(6_000);
  expect(next.value).toBe(lock.value);
  expect(await redlock.using(["c"], 5_000, async () => 42)).toBe(42);
  await next.release();
  expect(await client.exists("a", "b", "c")).toBe(0);
  await redlock.quit();
});

test.each(implementations)("$name calls a stub as node-redlock does", async ({ api }) => {
  const evalsha = vi.fn<Evaluate>().mockRejectedValueOnce(new Error("NOSCRIPT none")).mockResolvedValue(1);
  const evaluate = vi.fn<Evaluate>().mockResolvedValue(1);
  const stub = { evalsha, eval: evaluate, quit: vi.fn<() => void>() };
  const redlock = new api.default([stub as unknown as Client], once);
  const lock = await redlock.acquire(["a"], 5_000);
  expect(evaluate).toHaveBeenCalledWith(expect.stringContaining("PX"), 1, ["a", lock.value, 5_000]);
  await lock.release();
  expect(evalsha).toHaveBeenLastCalledWith(expect.stringMatching(/^[0-9a-f]{40}$/), 1, ["a", lock.value]);
  await redlock.quit();
  expect(stub.quit).toHaveBeenCalledOnce();
});

test.each(implementations)("$name takes {}, which votes against", async ({ api }) => {
  const redlock = new api.default([{} as Client], once);
  const error = await redlock.acquire(["a"], 5_000).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(api.ExecutionError);
  const stats = await (error as ExecutionError).attempts[0]!;
  expect([...stats.votesAgainst.values()]).toEqual([
    expect.objectContaining({ message: expect.stringContaining("evalsha") }),
  ]);
});

test("what is no object is a TypeError that says what it is", () => {
  expect(() => new Redlock(["redis://a"] as unknown as Client[])).toThrow(/is a string; use Redlock\.connect/);
  expect(() => new Redlock([undefined] as unknown as Client[])).toThrow(TypeError);
});

test("a guard that plain scripts cannot keep is refused, for all calls and for one", async () => {
  expect(() => new Redlock([new RedisMock()], { fencing: true })).toThrow(/need this library's own script/);
  const redlock = new Redlock([new RedisMock()]);
  await expect(redlock.acquire(["a"], 5_000, { restartGuardMs: 1_000 })).rejects.toThrow(TypeError);
});

test("nodes in memory are taken too", async () => {
  const redlock = new Redlock(memoryNodes(3).connect(), once);
  const lock = await redlock.acquire(["a"], 5_000);
  await lock.release();
  await redlock.quit();
});

test.each([
  ["ioredis-mock", () => new RedisMock()],
  ["a stub", () => ({ evalsha() {}, eval() {}, on() {} })],
  ["{}", () => ({})],
])("the native API does not take %s, and names what a test can have instead", (_title, client) => {
  expect(() => new NativeRedlock([client() as unknown as RedisClient])).toThrow(
    /memoryNodes\(3\) of @quorate\/testing/,
  );
});
