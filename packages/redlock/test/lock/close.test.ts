/** What is asked when `close` comes, of nodes that do not answer: whoever waits for it is told, and waits no longer. */
import { Redlock, type RedlockError } from "@quorate/redlock";
import type { Operation } from "@quorate/redlock/node";
import { expect, test } from "vitest";
import { answering, granted } from "../support/answering-node.ts";
import { errorOf } from "../support/error-of.ts";

/** Nodes that are there, and silent to some operations. */
function silentTo(isSilent: (operation: Operation) => boolean): Redlock {
  const nodes = answering(3, (_operation, index) => granted(index)).map((node) => ({
    ...node,
    send(...sent: Parameters<typeof node.send>) {
      if (!isSilent(sent[0])) node.send(...sent);
    },
  }));
  return new Redlock(nodes, { nodeTimeoutMs: 1_000 });
}

test("an acquire rejects with CLOSED", async () => {
  const redlock = silentTo(() => true);
  const acquiring = errorOf(redlock.acquire("a", 60_000));
  await redlock.close();
  expect(((await acquiring) as RedlockError).code).toBe("CLOSED");
});

test("an inspect resolves with what is known", async () => {
  const redlock = silentTo(({ kind }) => kind === "inspect");
  const inspecting = redlock.inspect("a");
  await Promise.resolve();
  await redlock.close();
  expect((await inspecting).verdict).toBe("unknown");
});

test("an extend rejects: the lock was released", async () => {
  const redlock = silentTo(({ kind }) => kind === "extend");
  const lock = await redlock.acquire("a", 60_000);
  const extending = errorOf(lock.extend());
  await redlock.close();
  expect((await extending).message).toMatch(/^This handle of the lock on "a" was released/);
});
