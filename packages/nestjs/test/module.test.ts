/** The module in an app of Nest's own making, on nodes in memory. */
import { Inject, Injectable, Module } from "@nestjs/common";
import { Test, type TestingModule } from "@nestjs/testing";
import { Redlock } from "@quorate/redlock";
import { Locked, RedlockHealthIndicator, RedlockModule, type RedlockModuleOptions } from "@quorate/nestjs";
import { memoryNodes } from "@quorate/testing";
import { describe, expect, test } from "vitest";

class Part {
  readonly name = "part";
}
Module({})(Part);

@Injectable()
class Orders {
  readonly redlock: Redlock;

  constructor(@Inject(Redlock) redlock: Redlock) {
    this.redlock = redlock;
  }

  @Locked("orders", 5_000)
  async held(): Promise<number> {
    return 1;
  }
}

const startWith = (imports: Parameters<typeof Test.createTestingModule>[0]["imports"]): Promise<TestingModule> =>
  Test.createTestingModule({ imports: imports ?? [], providers: [Orders] }).compile();

test("forRoot provides Redlock by its class, to every module", async () => {
  const app = await startWith([RedlockModule.forRoot({ clients: memoryNodes(3).connect() })]);
  expect(app.get(Orders).redlock).toBe(app.get(Redlock));
  expect(await app.get(Orders).held()).toBe(1);
  await app.close();
});

test("forRootAsync provides it from what a factory resolves with", async () => {
  const useFactory = async (): Promise<RedlockModuleOptions> => ({ clients: memoryNodes(3).connect() });
  const app = await startWith([RedlockModule.forRootAsync({ useFactory })]);
  expect(await app.get(Orders).held()).toBe(1);
  await app.close();
});

test("a module that is not global is for those who import it", async () => {
  const options = { clients: memoryNodes(1).connect(), isGlobal: false };
  await expect(startWith([{ module: Part, imports: [RedlockModule.forRoot(options)] }])).rejects.toThrow(/Redlock/);
});

test("closing the app releases what is held, and nothing can be taken any more", async () => {
  const fleet = memoryNodes(3);
  const app = await startWith([RedlockModule.forRoot({ clients: fleet.connect() })]);
  const { redlock } = app.get(Orders);
  const lock = await redlock.acquire("a", 60_000);
  await app.close();
  expect(lock.isHeld()).toBe(false);
  expect(fleet.nodes.map((node) => node.lockKeys())).toEqual([[], [], []]);
  await expect(app.get(Orders).held()).rejects.toMatchObject({ code: "CLOSED" });
});

describe("the options", () => {
  test.each([
    ["neither addresses nor clients", {}],
    ["both", { addresses: ["redis://127.0.0.1:1"], clients: [] }],
  ])("with %s are refused when the app is made", async (_title, options) => {
    await expect(startWith([RedlockModule.forRoot(options)])).rejects.toThrow(/either addresses or clients/);
  });
});

test("health is up while a quorum votes, and says which node is down", async () => {
  const fleet = memoryNodes(3);
  const app = await startWith([RedlockModule.forRoot({ clients: fleet.connect() })]);
  const health = app.get(RedlockHealthIndicator);
  await app.get(Orders).held();
  expect(await health.isHealthy()).toMatchObject({ redlock: { status: "up", quorum: 2, votingCount: 3 } });
  fleet.node(0).kill();
  fleet.node(1).kill();
  await expect.poll(() => health.isHealthy("locks")).toMatchObject({ locks: { status: "down", votingCount: 1 } });
  await app.close();
});
