/** A node that does not know the script while several calls are under way: what is written again, and what is not. */
import { expect, test } from "vitest";
import type { Operation } from "../../src/node/index.ts";
import { type Caller, type CallOutcome, ScriptCalls } from "../../src/node/script-calls.ts";
import { ManualRuntime } from "./manual-runtime.ts";
import { acquire, extend } from "./operations.ts";

interface Written {
  readonly operations: readonly Operation[];
  readonly isKnown: boolean;
  readonly answer: (outcome: CallOutcome) => void;
}

const ok = { reply: ["run", 100, 0, 1] };
const unknownScript = { refusal: "NOSCRIPT No matching script." };

/** Calls over a client that answers when told; the node is thought to know the script. */
function rig(): { calls: ScriptCalls; written: Written[]; replies: unknown[] } {
  const written: Written[] = [];
  const caller: Caller = {
    isWritable: true,
    call: (operations, _life, isKnown, answer) => void written.push({ operations, isKnown, answer }),
  };
  const calls = new ScriptCalls(caller, new ManualRuntime());
  const replies: unknown[] = [];
  calls.execute(
    [extend()],
    () => {},
    () => true,
  );
  written.shift()!.answer(ok);
  return { calls, written, replies };
}

test("what is no longer wanted is not written again, and votes so", () => {
  const { calls, written, replies } = rig();
  calls.execute(
    [acquire({ token: "one" }), acquire({ token: "two" })],
    (_error, reply) => replies.push(reply),
    (index) => index === 1,
  );
  written[0]!.answer(unknownScript);
  expect(written[1]).toMatchObject({ isKnown: false, operations: [{ token: "two" }] });
  written[1]!.answer(ok);
  expect(replies).toEqual([["run", 100, 0, ["error", expect.stringContaining("NOTWRITTEN")], 1]]);
});

test("nothing is written again on a connection that was lost meanwhile", () => {
  const { calls, written, replies } = rig();
  calls.execute(
    [acquire()],
    (error, reply) => replies.push(error?.message, reply),
    () => true,
  );
  calls.failAll(new Error("gone"));
  written[0]!.answer(unknownScript);
  expect(written).toHaveLength(1);
  expect(replies).toEqual(["gone", undefined]);
});

test("a node that refuses the text as well is sent it once for each call, and not for ever", () => {
  const { calls, written, replies } = rig();
  for (let call = 0; call < 2; call++) {
    calls.execute(
      [acquire()],
      (_error, reply) => replies.push(reply?.slice(3)),
      () => true,
    );
  }
  for (let answered = 0; answered < Math.min(written.length, 20); answered++) written[answered]!.answer(unknownScript);
  expect(written.map(({ isKnown }) => isKnown)).toEqual([true, true, false, false]);
  expect(replies).toEqual([[["error", unknownScript.refusal]], [["error", unknownScript.refusal]]]);
});
