import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { withFleet, type FleetContext } from "@quorate/testing";
import { afterAll, describe, expect, test, vi } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "quorate-with-fleet-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Breaks the locks themselves: their keys are deleted on all nodes, and somebody else gets in. */
async function letTwoIn({ redlock, connect, nodes, net, fleet }: FleetContext): Promise<void> {
  const first = await redlock.acquire("job", 5_000);
  await vi.waitFor(async () => expect(await fleet.lockKeys()).toHaveLength(3), { timeout: 15_000 });
  using cut = net.partition([0], { peers: ["other"] });
  expect(cut).toBeDefined();
  await Promise.all(nodes.map((node) => node.flushAll()));
  const second = await (await connect("other")).acquire("job", 5_000);
  await second.release();
  await first.release();
}

test("the routine gets locks over real servers, and its result comes back", async () => {
  const pids: number[] = [];
  const result = await withFleet(3, async ({ redlock, nodes, history }) => {
    pids.push(...nodes.map((node) => node.pid));
    const lock = await redlock.acquire("job", 5_000);
    expect(await redlock.tryAcquire("job", 5_000)).toBeNull();
    await lock.release();
    await redlock.using("job", 5_000, async (_signal, held) => void (await held.extend()));
    expect(history.events.map(({ kind }) => kind)).toEqual([
      ...["attempted", "granted", "attempted", "refused", "released"],
      ...["attempted", "granted", "extended", "released"],
    ]);
    return 42;
  });
  expect(result).toBe(42);
  expect(pids).toHaveLength(3);
  for (const pid of pids) expect(existsSync(`/proc/${pid}`)).toBe(false);
});

test("nodes and network are broken for one peer, and whole for another", async () => {
  await withFleet(3, async ({ redlock, connect, net, nodes }) => {
    const other = await connect("other");
    await nodes[0]!.kill();
    using cut = net.partition([1, 2], { peers: ["app"] });
    expect(cut).toBeDefined();
    await expect(redlock.acquire("job", 1_000, { waitMs: 0 })).rejects.toThrow(/none voted|too few|quorum/i);
    await (await other.acquire("job", 1_000)).release();
  });
});

describe("a routine that fails", () => {
  test("rejects with its own error, and its timeline is told", async () => {
    const texts: string[] = [];
    const html = join(folder, "failed.html");
    const failing = withFleet(3, { html, onTimeline: (text) => texts.push(text) }, async ({ redlock, nodes }) => {
      const lock = await redlock.acquire("job", 5_000);
      await nodes[1]!.kill();
      await lock.extend();
      throw new Error("the app's own");
    });
    await expect(failing).rejects.toThrow("the app's own");
    expect(texts.join("")).toMatch(/asks for job[^]*granted job[^]*!!! node 1 is down[^]*extended job/);
    const page = readFileSync(html, "utf8");
    expect(page).toContain('<rect class="held" ');
    expect(page).toMatch(/<rect class="outage" [^>]*><title>node 1 is down/);
    expect(page).toMatch(/<rect class="vote acquire" [^>]*><title>[^<]*app acquire -&gt; done/);
  });

  test("keeps its error when every node is gone or stands still", async () => {
    const failing = withFleet(3, { onTimeline: () => undefined }, async ({ redlock, nodes }) => {
      await redlock.acquire("job", 5_000, { autoExtend: true });
      await nodes[0]!.kill();
      await Promise.all([nodes[1]!.pause(), nodes[2]!.pause()]);
      throw new Error("the app's own");
    });
    await expect(failing).rejects.toThrow("the app's own");
  });
});

describe("two holders at one time", () => {
  /** Else a node that was flushed would not count. */
  const redlock = { restartGuardMs: 0 };

  test("fail a test that did not notice, and are red in its timeline", async () => {
    const html = join(folder, "two.html");
    const texts: string[] = [];
    const failing = withFleet(3, { html, redlock, onTimeline: (text) => texts.push(text) }, letTwoIn);
    await expect(failing).rejects.toThrow(/^mutual exclusion: job: other got it at .*, while app held it/);
    expect(texts.join("")).toContain(">>> mutual exclusion");
    expect(readFileSync(html, "utf8").match(/<rect class="both" x/g)).toHaveLength(2);
  });

  test("are not judged where the test says so", async () => {
    await withFleet(3, { check: false, redlock }, letTwoIn);
  });
});
