/** A lost round is buried by a token one higher than its own: its caller's next try must pass that. */
import { Redlock } from "@quorate/redlock";
import type { Unknown } from "@quorate/redlock/node";
import { expect, test } from "vitest";
import { systemRuntime } from "../../src/runtime/system.ts";
import { answering, granted } from "../support/answering-node.ts";
import { forTest } from "../support/connect-to.ts";
import { errorOf } from "../support/error-of.ts";

test("the try after a lost one proposes more than its tombstone, also while the wall clock stands still", async () => {
  const noAnswer: Unknown = { outcome: "unknown", reason: "error", detail: "lost", mayHold: true };
  const proposed: number[] = [];
  const buried: number[] = [];
  const nodes = answering(3, (operation, index) => {
    if (operation.kind === "release") buried.push(operation.fence + 1);
    if (operation.kind !== "acquire") return granted(index);
    proposed.push(operation.fence);
    return proposed.length <= 3 ? noAnswer : granted(index);
  });
  const wallMs = Date.now();
  const runtime = { ...systemRuntime, readClocks: () => ({ ...systemRuntime.readClocks(), wallMs }) };
  await using redlock = forTest(new Redlock(nodes, {}, runtime));
  await errorOf(redlock.acquire("a", 10_000, { waitMs: 0 }));
  await using lock = await redlock.acquire("a", 10_000);
  expect(new Set(buried)).toEqual(new Set([proposed[0]! + 1]));
  expect(lock.fencingToken).toBeGreaterThan(buried[0]!);
});
