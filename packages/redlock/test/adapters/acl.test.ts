/** The rights that docs/operations.md asks for are enough, for every adapter whose library makes do with them. */
import { readFile } from "node:fs/promises";
import { afterAll, expect, test } from "vitest";
import { Redlock } from "@quorate/redlock";
import { startFleet } from "@quorate/testing";
import { adapters } from "./adapters.ts";
import { removeGlideSockets } from "./glide-sockets.ts";

afterAll(removeGlideSockets);

const documented = async (): Promise<string> => {
  const text = await readFile(new URL("../../../../docs/operations.md", import.meta.url), "utf8");
  return /```acl\n(.*?)\n```/s.exec(text)![1]!;
};

test.each(adapters)(
  "a user with the documented rights locks, waits, extends and releases over $name",
  async (adapter) => {
    const user = { name: "locks", password: "secret", rules: await documented() };
    await using fleet = await startFleet({ nodes: 1, server: { user } });
    const owned = await adapter.connect(fleet.urls[0]!);
    const redlock = new Redlock([owned.client], { restartGuardMs: 0 });
    const warnings: string[] = [];
    redlock.on("warning", ({ code }) => warnings.push(code));
    const lock = await redlock.acquire("orders", 5_000);
    const other = new Redlock([owned.client], { restartGuardMs: 0, retryDelayMs: 20 });
    other.on("warning", () => {});
    const waiting = other.acquire("orders", 5_000);
    await lock.extend();
    setTimeout(() => void lock.release(), 100);
    await (await waiting).release();
    expect(warnings).not.toContain("GUARD_OFF");
    await Promise.all([redlock.close(), other.close()]);
    owned.end();
    expect(await fleet.lockKeys()).toEqual([]);
  },
);
