/** What a waiter believes of what releases tell it: each rule of core/standing.ts with the case that breaks without it. */
import { describe, expect, test } from "vitest";
import { Standing, type Told } from "../../src/core/standing.ts";
import type { ClockReading } from "../../src/core/validity.ts";
import type { NodeEvidence, Vote } from "../../src/core/vote.ts";
import { oldNode } from "../support/answering-node.ts";

const at = (ms: number): ClockReading => ({ monotonicMs: ms, wallMs: ms, bootMs: ms });
const evidence: NodeEvidence = { ...oldNode(0), life: "life 1000 fresh" };
const [ttlMs, claimMs, firstFence] = [10_000, 2_000, 100];
/** Of a claim: 2 000 less 1 % and 2 ms. */
const goodForMs = 1_978;

/** A standing of three nodes; `young`: nodes whose memory is too young to count. */
function standing({ young = [] as number[], fenceRetentionMs = 60_000 } = {}): Standing {
  const isAdmitted = (node: number): boolean => !young.includes(node);
  return new Standing(
    {
      nodeCount: 3,
      quorum: 2,
      token: "secret",
      ttlMs,
      claimMs,
      driftFactor: 0.01,
      fenceRetentionMs,
      isGuarded: true,
      isAdmitted,
    },
    firstFence,
    at(1_000),
  );
}

function held(): Vote {
  return { outcome: "refused", reason: "held", evidence, resourceIndex: 0, remainingMs: 500, fence: 1 };
}
const granted: Vote = { outcome: "granted", evidence, deletedCount: 0 };
const told = (changes: Partial<Told> = {}): Told => ({
  fence: 105,
  number: 1,
  life: "life",
  token: "secret",
  ...changes,
});

/** Sent at 1 000, and held everywhere. */
function inLine(options?: { young?: number[]; fenceRetentionMs?: number }): Standing {
  const made = standing(options);
  made.noteSend(firstFence, at(1_000));
  for (const node of [0, 1, 2]) made.noteAnswer(node, 1, held());
  return made;
}

describe("a quorum of hand-overs", () => {
  test("is the lock, under the token that they name, until the claim that began with the send is over", () => {
    const made = inLine();
    made.noteTold(0, told());
    expect(made.wonFence(at(1_500), 0)).toBeUndefined();
    made.noteTold(2, told());
    expect(made.wonFence(at(1_500), 0)).toBe(105);
    expect(made.holding(105, at(1_500)).remainingMs(at(1_500))).toBe(goodForMs - 500);
  });

  test("is counted from the send, however late the message: when the claim is over it is no lock", () => {
    const made = inLine();
    for (const node of [0, 1]) made.noteTold(node, told());
    expect(made.wonFence(at(1_000 + goodForMs - 1), 0)).toBe(105);
    expect(made.wonFence(at(1_000 + goodForMs), 0)).toBeUndefined();
    expect(made.wonFence(at(1_000 + goodForMs - 300), 300)).toBeUndefined();
  });

  test("is counted from the send that each names, not from the latest", () => {
    const made = inLine();
    made.noteSend(firstFence, at(2_900));
    for (const node of [0, 1]) made.noteAnswer(node, 2, held());
    made.noteTold(0, told({ number: 1 }));
    made.noteTold(1, told({ number: 2 }));
    expect(made.wonFence(at(3_100), 0)).toBeUndefined();
    expect(made.hasPart).toBe(true);
  });

  test("is none once its token was drawn so long ago that nodes may have forgotten what came between", () => {
    const made = inLine({ fenceRetentionMs: 1_500 });
    for (const node of [0, 1]) made.noteTold(node, told());
    expect(made.wonFence(at(2_500), 0)).toBe(105);
    expect(made.wonFence(at(2_501), 0)).toBeUndefined();
  });

  test("is for the claim and not for the TTL", () => {
    const made = inLine();
    for (const node of [0, 1]) made.noteTold(node, told());
    expect(made.wonFence(at(5_000), 0)).toBeUndefined();
  });

  test("under several tokens is none, whichever is the lower", () => {
    const made = inLine();
    made.noteTold(0, told({ fence: 105 }));
    made.noteTold(1, told({ fence: 106 }));
    expect([made.wonFence(at(1_500), 0), made.hasPart]).toEqual([undefined, true]);
    made.noteTold(2, told({ fence: 106 }));
    expect(made.wonFence(at(1_500), 0)).toBe(106);
    expect(made.holding(106, at(1_500)).mayHold(0)).toBe(true);
  });
});

describe("a message", () => {
  test("of a node that is in another life than the one that answered does not count, but is a reason to ask", () => {
    const made = inLine();
    for (const node of [0, 1]) made.noteTold(node, told({ life: "restarted" }));
    expect([made.wonFence(at(1_500), 0), made.hasPart]).toEqual([undefined, true]);
  });

  test("of a node whose memory is too young does not count", () => {
    const made = inLine({ young: [1] });
    for (const node of [0, 1]) made.noteTold(node, told());
    expect([made.wonFence(at(1_500), 0), made.hasPart]).toEqual([undefined, true]);
    made.noteTold(2, told());
    expect(made.wonFence(at(1_500), 0)).toBe(105);
  });

  test("that overtakes the answer to its send waits for it", () => {
    const made = standing();
    made.noteSend(firstFence, at(1_000));
    for (const node of [0, 1]) made.noteTold(node, told());
    expect(made.wonFence(at(1_100), 0)).toBeUndefined();
    for (const node of [0, 1]) made.noteAnswer(node, 1, held());
    expect(made.wonFence(at(1_200), 0)).toBe(105);
  });

  test("from whoever does not know the token changes nothing, not even what is proposed next", () => {
    const made = inLine();
    for (const node of [0, 1]) made.noteTold(node, told({ token: "guess", fence: 9e15 }));
    expect([made.wonFence(at(1_500), 0), made.hasPart, made.fence]).toEqual([undefined, false, firstFence]);
  });

  test("that names a send which was never made, or is long forgotten, changes nothing", () => {
    const made = inLine();
    for (const number of [0, 2, 99]) for (const node of [0, 1]) made.noteTold(node, told({ number }));
    expect(made.hasPart).toBe(false);
    for (let send = 2; send < 12; send++) made.noteSend(firstFence, at(1_000 + send));
    for (const node of [0, 1]) made.noteTold(node, told({ number: 1 }));
    expect(made.hasPart).toBe(false);
  });
});

describe("an answer", () => {
  test("that grants a send counts with what was told under the same token, and for the TTL", () => {
    const made = inLine();
    made.noteTold(0, told({ fence: 105 }));
    made.noteSend(105, at(1_400));
    made.noteAnswer(1, 2, granted);
    expect(made.wonFence(at(1_500), 0)).toBe(105);
  });

  test("that refuses a later send ends what was told before; one to the send that made the place does not", () => {
    const made = inLine();
    made.noteTold(0, told());
    made.noteAnswer(0, 1, held());
    expect(made.hasPart).toBe(true);
    made.noteSend(firstFence, at(1_700));
    made.noteAnswer(0, 2, held());
    expect(made.hasPart).toBe(false);
  });

  test("that is stale asks for a higher token", () => {
    const made = inLine();
    expect(made.isOutbid).toBe(false);
    made.noteAnswer(0, 1, { outcome: "refused", reason: "stale", evidence, fence: 300 });
    expect(made.isOutbid).toBe(true);
    made.noteSend(301, at(1_600));
    expect([made.isOutbid, made.fence]).toEqual([false, 301]);
  });
});

test("a send whose answer was not heard may still come to run, also when it is long forgotten", () => {
  const made = inLine();
  expect([0, 1, 2].map((node) => made.sends.isUnheard(node))).toEqual([false, false, false]);
  made.noteSend(firstFence, at(2_000));
  for (const node of [0, 2]) made.noteAnswer(node, 2, held());
  expect([0, 1, 2].map((node) => made.sends.isUnheard(node))).toEqual([false, true, false]);
  for (let number = 3; number < 20; number++) {
    made.noteSend(firstFence, at(1_000 * number));
    for (const node of [0, 1, 2]) made.noteAnswer(node, number, held());
  }
  expect([0, 1, 2].map((node) => made.sends.isUnheard(node))).toEqual([false, true, false]);
});

describe("a waiter's token", () => {
  test("is drawn anew long before the nodes may have forgotten what was granted since", () => {
    const made = inLine();
    expect(made.sends.isFresh(at(7_000))).toBe(true);
    expect(made.sends.isFresh(at(7_001))).toBe(false);
  });

  test("keeps its age where it is sent again, and is young under a higher T", () => {
    const made = inLine();
    made.noteSend(firstFence, at(6_000));
    expect(made.sends.isFresh(at(8_000))).toBe(false);
    made.noteSend(firstFence + 1, at(8_000));
    expect(made.sends.isFresh(at(14_000))).toBe(true);
  });
});
