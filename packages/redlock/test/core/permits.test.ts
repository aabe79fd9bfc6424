import { describe, expect, test } from "vitest";
import { decideSlots, isSplit } from "../../src/core/permits.ts";
import { SeenFences } from "../../src/core/token.ts";
import type { Vote } from "../../src/core/vote.ts";
import { granted } from "../support/answering-node.ts";

const given = (slot: number): Vote => ({ ...granted(0), slots: [slot] }) as Vote;
const silent: Vote = { outcome: "unknown", reason: "timeout", detail: "no answer", mayHold: true };

describe("a round whose nodes gave different permits", () => {
  test("is split also where it was lost before the last of them had voted", () => {
    const votes = [given(1), silent, given(2), undefined];
    expect(decideSlots(votes, 4, 3)).toBe("lost");
    expect(isSplit(votes, 4, 3)).toBe(true);
  });

  test("is not where too few nodes can vote", () => {
    expect(isSplit([given(1), silent, given(2), silent], 4, 3)).toBe(false);
  });
});

test("the highest fencing token that a node tells with a permit is passed by the next try", () => {
  const fences = new SeenFences(() => 1_000);
  expect(fences.next(1_000)).toBe(1_000_000);
  fences.noteVote({ ...granted(0), fence: 5_000_000, slots: [2] } as Vote);
  expect(fences.next(1_000)).toBe(5_000_001);
});
