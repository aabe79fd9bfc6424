/** What docs/operations.md says of rights limited to a key prefix: enough, and each of them needed. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Redlock } from "@quorate/redlock";
import { startFleet } from "@quorate/testing";
import { expect, test } from "vitest";
import { root } from "./support/run.ts";

const text = await readFile(join(root, "docs/operations.md"), "utf8");
const documented = /```acl prefix\n(.*?)\n```/s.exec(text)![1]!;

/** `routine` gets two processes' worth of `Redlock` over one node with a user of these rights. */
async function withRights(
  rules: string,
  routine: (one: Redlock, two: Redlock) => Promise<void>,
  keyPrefix = "lock:",
): Promise<void> {
  await using fleet = await startFleet({ nodes: 1, server: { user: { name: "locks", password: "secret", rules } } });
  // The back-off and the TTLs are longer than a test may last: only a call lets a waiter in.
  const options = { keyPrefix, restartGuardMs: 0, retryDelayMs: 3_600_000 };
  const both = [Redlock.connect(fleet.urls, options), Redlock.connect(fleet.urls, options)] as const;
  for (const redlock of both) redlock.on("warning", () => {});
  await routine(...both);
  await Promise.all(both.map((redlock) => redlock.close()));
}

test("with the rights documented for a prefix a lock is taken, extended, released, and handed on by a call", async () => {
  await withRights(documented, async (one, two) => {
    const lock = await one.acquire("orders", 60_000);
    const refused = new Promise((resolve) => two.once("roundFailed", resolve));
    const waiting = two.acquire("orders", 30_000, { waitMs: Infinity });
    await refused;
    await lock.extend();
    await lock.release();
    const next = await waiting;
    expect(next.fencingToken).toBeGreaterThan(lock.fencingToken!);
    await next.release();
  });
});

test("a prefix with a hash tag of its own needs one pattern of keys", async () => {
  const rules = documented.replace("~lock:* ~{lock:* &lock:", "~{lock}:* &{lock}:");
  expect(rules).not.toBe(documented);
  const routine = async (one: Redlock): Promise<void> => {
    const lock = await one.acquire("orders", 5_000, { waitMs: 0 });
    await lock.release();
  };
  await withRights(rules, routine, "{lock}:");
});

test("without the pattern for fences no lock is taken, and NOPERM is the reason", async () => {
  await withRights(documented.replace(" ~{lock:*", ""), async (one) => {
    await expect(one.acquire("orders", 5_000, { waitMs: 0 })).rejects.toMatchObject({
      code: "QUORUM_UNAVAILABLE",
      message: expect.stringContaining("NOPERM"),
    });
  });
});

test("without the channels a waiter gets the lock all the same, by asking again", async () => {
  await withRights(documented.replace("&lock:*:released*", "resetchannels"), async (one, two) => {
    const lock = await one.acquire("orders", 30_000);
    const refused = new Promise((resolve) => two.once("roundFailed", resolve));
    const waiting = two.acquire("orders", 30_000, { retryDelayMs: 20, waitMs: 20_000 });
    await refused;
    await lock.release();
    await (await waiting).release();
  });
});

test("without INFO locks are taken, and a warning says that the restart guard is off", async () => {
  await withRights(documented.replace(" +info", ""), async (one) => {
    const warned = new Promise((resolve) => one.on("warning", ({ code }) => code === "GUARD_OFF" && resolve(code)));
    const lock = await one.acquire("orders", 5_000, { restartGuardMs: 5_000 });
    expect(await warned).toBe("GUARD_OFF");
    await lock.release();
  });
});
