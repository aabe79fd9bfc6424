/** What `@Locked()` makes of a method. */
import { Controller, Get, Injectable, SetMetadata } from "@nestjs/common";
import { Test } from "@nestjs/testing";
import { type Lock, Redlock, ResourceLockedError } from "@quorate/redlock";
import { currentLock, Locked, RedlockModule } from "@quorate/nestjs";
import { memoryNodes } from "@quorate/testing";
import { afterEach, beforeEach, expect, test } from "vitest";

const once = { waitMs: 0 };

@Injectable()
class Jobs {
  readonly seen: (Lock | undefined)[] = [];
  open!: () => void;
  readonly #gate = new Promise<void>((resolve) => (this.open = resolve));

  @Locked((id: string) => `job:${id}`, 5_000, once)
  async run(id: string, amount: number): Promise<string> {
    this.seen.push(currentLock());
    return `${id} ${amount}`;
  }

  @Locked("slow", 5_000, once)
  async slow(): Promise<number> {
    await this.#gate;
    return 1;
  }

  @Locked("slow", 5_000, { ...once, skipWhenHeld: true })
  async nightly(): Promise<string> {
    return "done";
  }

  @Locked("outer", 5_000, { ...once, skipWhenHeld: true })
  async refused(): Promise<void> {
    await this.run("held", 1);
  }

  @Locked(["a", "b"], 5_000, once)
  async outer(): Promise<readonly string[][]> {
    const outer = currentLock()!.resources;
    const inner = await this.inner();
    return [[...outer], [...inner], [...currentLock()!.resources]];
  }

  @Locked("c", 5_000, once)
  async inner(): Promise<readonly string[]> {
    return currentLock()!.resources;
  }
}

/** The same on either side of another decorator. */
@Controller("cats")
class Cats {
  @Get("below")
  @SetMetadata("roles", ["admin"])
  @Locked("below", 5_000)
  async below(): Promise<void> {}

  @Locked("above", 5_000)
  @Get("above")
  @SetMetadata("roles", ["admin"])
  async above(): Promise<void> {}
}

@Injectable()
class MoreJobs extends Jobs {
  @Locked("more", 5_000)
  async more(): Promise<string> {
    return `${await this.run("more", 1)} and ${currentLock()!.resources.join()}`;
  }
}

let fleet: ReturnType<typeof memoryNodes>;
let app: Awaited<ReturnType<ReturnType<typeof Test.createTestingModule>["compile"]>>;

beforeEach(async () => {
  fleet = memoryNodes(3);
  const imports = [RedlockModule.forRoot({ clients: fleet.connect() })];
  const made = Test.createTestingModule({ imports, providers: [Jobs, MoreJobs], controllers: [Cats] });
  app = await made.compile();
});

afterEach(() => app.close());

test("a method keeps its arguments, its result and its object; the lock is there while it runs, and released after", async () => {
  const jobs = app.get(Jobs);
  expect(await jobs.run("7", 3)).toBe("7 3");
  expect(jobs.seen).toMatchObject([{ resources: ["job:7"], fencingToken: expect.any(Number) as number }]);
  expect(currentLock()).toBeUndefined();
  await expect.poll(() => fleet.nodes.map((node) => node.lockKeys())).toEqual([[], [], []]);
});

test("while one call holds the lock, another is refused with the library's error; a job that may skip is skipped", async () => {
  const jobs = app.get(Jobs);
  const first = jobs.slow();
  await expect.poll(() => fleet.nodes.map((node) => node.lockKeys())).toEqual([["slow"], ["slow"], ["slow"]]);
  await expect(jobs.slow()).rejects.toThrow(ResourceLockedError);
  expect(await jobs.nightly()).toBeUndefined();
  jobs.open();
  expect(await first).toBe(1);
  expect(await jobs.nightly()).toBe("done");
});

test("a ResourceLockedError of the method's own is not taken for a skip", async () => {
  const held = await app.get(Redlock).acquire("job:held", 5_000);
  await expect(app.get(Jobs).refused()).rejects.toMatchObject({ resources: ["job:held"] });
  await held.release();
});

test("locked methods that call each other see the innermost lock, and the outer one again", async () => {
  expect(await app.get(Jobs).outer()).toEqual([["a", "b"], ["c"], ["a", "b"]]);
});

test("a class that extends one with locked methods locks its own and the inherited ones", async () => {
  expect(await app.get(MoreJobs).more()).toBe("more 1 and more");
});

test.each(["below", "above"] as const)(
  "other decorators work as well when they stand on the other side: %s",
  (name) => {
    const method = app.get(Cats)[name];
    expect(Reflect.getMetadata("path", method)).toBe(name);
    expect(Reflect.getMetadata("roles", method)).toEqual(["admin"]);
    expect([method.name, method.length]).toEqual([name, 0]);
  },
);

test("an object that Nest did not make is told what is missing", async () => {
  await expect(new Jobs().run("1", 1)).rejects.toThrow(/@Locked\(\) on Jobs\.run has no Redlock/);
});
