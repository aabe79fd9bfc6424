/**
 * The same of what is held together with others: readers, permits, a writer that shares what it has, in any order and
 * repeated, leave the same holds, numbers, fence and tombstones on a node of the model and on the simulator's.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Mode } from "../src/protocol/beside-layout.ts";
import { allGuards, type Guards } from "../src/protocol/guards.ts";
import { InModel } from "./beside/in-model.ts";
import { InSimulator } from "./beside/in-simulator.ts";
import { fences, messages, modes } from "./beside/messages.ts";

/** `among`: which of the callers take part. */
function compare(among: readonly Mode[], hasLine: boolean, guards: Guards, numRuns: number): void {
  fc.assert(
    fc.property(fences, messages, (fencesOf, drawn) => {
      const model = new InModel(fencesOf, hasLine, guards);
      const simulated = new InSimulator(fencesOf, hasLine);
      for (const each of drawn.filter(({ token }) => among.includes(modes[token]!))) {
        const [one, other] = [model.run(each), simulated.run(each)];
        if (JSON.stringify(one) !== JSON.stringify(other)) expect(one, JSON.stringify(each)).toEqual(other);
      }
    }),
    { numRuns },
  );
}

test("readers and a writer that may share", () => compare(["shared", "exclusive"], false, allGuards, 400));
test("readers and a writer in line", () => compare(["shared", "exclusive"], true, allGuards, 400));
test("permits", () => compare(["permits"], false, allGuards, 400));
test("all of them", () => compare(["shared", "exclusive", "permits"], false, allGuards, 400));

test.each(["marker", "aboveBase", "aboveLatest", "buriesToken", "ownPermits"] as const)(
  "G: a model without the guard %s is seen to differ",
  (guard) => {
    const guards = { ...allGuards, [guard]: false };
    expect(() => compare(["shared", "exclusive", "permits"], false, guards, 2_000)).toThrow(/Property failed/);
  },
);
