/** Built by one, found by the others: O1 to O6 of the scenarios, in simulated time. */
import { LockLostError, type AcquireOptions } from "@quorate/redlock";
import { expect, test } from "vitest";
import { type Actor, Stage } from "../../../testing/src/sim/stage.ts";

const TTL_MS = 1_000;
const FIND_MS = 2;

/** A cache beside the nodes, and processes that want one value of it. */
class Cache {
  readonly stage = new Stage({ nodes: 3 });
  value: string | undefined;
  lookCount = 0;
  buildCount = 0;
  buildingCount = 0;
  mostBuilding = 0;

  find = async (): Promise<string | undefined> => {
    this.lookCount++;
    await this.sleep(FIND_MS);
    return this.value;
  };

  build = async (signal: AbortSignal, tookMs = 200): Promise<string> => {
    this.buildCount++;
    this.mostBuilding = Math.max(this.mostBuilding, ++this.buildingCount);
    await this.sleep(tookMs);
    this.buildingCount--;
    if (!signal.aborted) this.value = `built ${this.buildCount}`;
    return this.value ?? "not kept";
  };

  get({ redlock }: Actor, options: Partial<AcquireOptions> = {}, build = this.build): Promise<string> {
    return redlock.runOnce("report", TTL_MS, { find: this.find, ...options }, (signal) => build(signal));
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.stage.scheduler.after(delayMs, resolve));
  }
}

test("O1 200 callers of 10 processes get one build, and one look each process after it", async () => {
  const cache = new Cache();
  const { stage } = cache;
  const actors = Array.from({ length: 10 }, (_, index) => stage.process(`p${index}`));
  const results: Promise<[string, number]>[] = actors.flatMap((actor) =>
    Array.from({ length: 20 }, async () => [await cache.get(actor), stage.scheduler.nowMs] as [string, number]),
  );
  let builtAtMs = 0;
  let looksBefore = 0;
  void (async () => {
    while (cache.value === undefined) await cache.sleep(1);
    [builtAtMs, looksBefore] = [stage.scheduler.nowMs, cache.lookCount];
  })();
  const settled = await stage.until(Promise.all(results));
  expect(new Set(settled.map(([value]) => value))).toEqual(new Set(["built 1"]));
  expect([cache.buildCount, cache.lookCount - looksBefore]).toEqual([1, 9]);
  // No convoy: a call for a quorum, the spread of those who are called, one look.
  expect(Math.max(...settled.map(([, atMs]) => atMs)) - builtAtMs).toBeLessThan(5 * 1.4 + 3 + FIND_MS);
});

test("O2 what is found costs no command to any node", async () => {
  const cache = new Cache();
  cache.value = "there";
  let commandCount = 0;
  cache.stage.network.addRule(() => {
    commandCount++;
    return { kind: "pass" };
  });
  const actor = cache.stage.process("a");
  await cache.stage.pass(100);
  commandCount = 0;
  expect(await cache.stage.until(cache.get(actor))).toBe("there");
  expect([cache.lookCount, commandCount]).toEqual([1, 0]);
});

test("O3 the builder dies: another builds when its lock ends", async () => {
  const cache = new Cache();
  const { stage } = cache;
  const builder = stage.process("a");
  void cache.get(builder, {}, (signal) => cache.build(signal, 60_000)).catch(() => {});
  await stage.pass(50);
  const waiting = cache.get(stage.process("b"));
  await stage.pass(50);
  builder.process.kill();
  const diedAtMs = stage.scheduler.nowMs;
  expect(await stage.until(waiting)).toBe("built 2");
  expect(stage.scheduler.nowMs - diedAtMs).toBeLessThan(TTL_MS + 50 + 200);
});

test("O3 the builder throws: its own callers are told, another builds at once", async () => {
  const cache = new Cache();
  const { stage } = cache;
  const first = cache.get(stage.process("a"), {}, async () => {
    await cache.sleep(100);
    throw new Error("no database");
  });
  first.catch(() => {});
  await stage.pass(20);
  const second = cache.get(stage.process("b"));
  await expect(stage.until(first)).rejects.toThrow("no database");
  const threwAtMs = stage.scheduler.nowMs;
  expect(await stage.until(second)).toBe("built 1");
  expect(stage.scheduler.nowMs - threwAtMs).toBeLessThan(200 + 15);
});

test("O4 a result that somebody else wrote is seen at the next look", async () => {
  const cache = new Cache();
  const { stage } = cache;
  const held = await stage.until(stage.process("other").redlock.acquire("report", 5_000));
  const waiting = cache.get(stage.process("a"), { retryMaxDelayMs: 100 });
  await stage.pass(300);
  cache.value = "of another writer";
  expect(await stage.until(waiting)).toBe("of another writer");
  expect(cache.buildCount).toBe(0);
  expect(held.isHeld()).toBe(true);
});

test("O5 a builder that lost its lock is told, and at most two builds overlap", async () => {
  const cache = new Cache();
  const { stage } = cache;
  let reason: unknown;
  const cut = cache.get(stage.process("a"), {}, async (signal) => {
    signal.addEventListener("abort", () => (reason = signal.reason));
    return cache.build(signal, 4_000);
  });
  await stage.pass(100);
  stage.network.partition([0, 1, 2], { peers: ["a"] });
  const others = ["b", "c", "d"].map((name) => cache.get(stage.process(name)));
  expect(new Set(await stage.until(Promise.all(others)))).toEqual(new Set(["built 2"]));
  await stage.until(cut);
  expect(reason).toBeInstanceOf(LockLostError);
  expect(cache.mostBuilding).toBe(2);
});

test("O6 of the joined callers of a process only the one that aborts is rejected; with the last the flight ends", async () => {
  const cache = new Cache();
  const { stage } = cache;
  const actor = stage.process("a");
  const [one, two] = [new AbortController(), new AbortController()];
  const [first, second, third] = [
    cache.get(actor, { signal: one.signal }),
    cache.get(actor),
    cache.get(actor, { signal: two.signal }),
  ];
  first.catch(() => {});
  third.catch(() => {});
  await stage.pass(50);
  one.abort(new Error("one"));
  two.abort(new Error("two"));
  await expect(stage.until(first)).rejects.toThrow("one");
  await expect(stage.until(third)).rejects.toThrow("two");
  expect(await stage.until(second)).toBe("built 1");
  expect(cache.buildCount).toBe(1);

  cache.value = undefined;
  const last = new AbortController();
  let wasAborted = false;
  const alone = cache.get(actor, { signal: last.signal }, async (signal) => {
    await cache.sleep(100);
    wasAborted = signal.aborted;
    return "";
  });
  alone.catch(() => {});
  await stage.pass(50);
  last.abort(new Error("last"));
  await expect(stage.until(alone)).rejects.toThrow("last");
  expect(wasAborted).toBe(true);
  await stage.pass(20);
  expect(stage.keysOf("report").size).toBe(0);
});

test("what find throws rejects the call, and nothing is left", async () => {
  const cache = new Cache();
  const { redlock } = cache.stage.process("a");
  const find = (): never => {
    throw new TypeError("fetch failed");
  };
  await expect(cache.stage.until(redlock.runOnce("report", TTL_MS, { find }, () => 1))).rejects.toThrow("fetch failed");
  await expect(redlock.runOnce("report", TTL_MS, {} as never, () => 1)).rejects.toThrow("needs an option find");
  const fair = { find: () => 1, fair: true };
  await expect(redlock.runOnce("report", TTL_MS, fair as never, () => 1)).rejects.toThrow("no option fair");
});

test("find may abort its caller's own signal, in its first turn too", async () => {
  const cache = new Cache();
  const { redlock } = cache.stage.process("a");
  const own = new AbortController();
  const find = (): undefined => own.abort(new Error("found to be needless")) as undefined;
  const call = redlock.runOnce("report", TTL_MS, { find, signal: own.signal }, (signal) => cache.build(signal));
  await expect(cache.stage.until(call)).rejects.toThrow("found to be needless");
  expect(cache.buildCount).toBe(0);
});
