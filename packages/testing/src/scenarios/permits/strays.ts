import assert from "node:assert/strict";

import { eventually, type Rig } from "../rig/rig.ts";
import { Wire } from "../rig/wire.ts";
import type { Scenario } from "../scenario.ts";

const POOL = { permits: 2 };

/** Node 0 has not heard of the first holder, and gives its number to the second. */
async function disagree(rig: Rig, isMoved: boolean): Promise<void> {
  const [first, second] = [new Wire(), new Wire()];
  const one = await rig.connect("one", { nodeTimeoutMs: 500 }, { wire: first });
  const two = await rig.connect("two", {}, { wire: second });
  first.change = (operation, node) => (node === 0 ? undefined : operation);
  const held = await one.acquire("pool", 60_000, POOL);
  const [taken] = held.permits;
  let given: readonly number[] | undefined;
  second.hear = (vote, _operation, node) => {
    if (node === 0 && vote.outcome === "granted") given ??= vote.slots;
    return vote;
  };
  second.change = (operation) => {
    if (operation.kind === "heal" && !isMoved) return undefined;
    if (operation.kind !== "acquire" || operation.permits === undefined) return operation;
    return { ...operation, permits: { ...operation.permits, start: taken! } };
  };
  const lock = await two.acquire("pool", 60_000, POOL);
  assert.deepEqual(lock.permits, [1 - taken!]);
  await eventually(rig, "node 0 has answered", () => given !== undefined);
  assert.deepEqual(given, [taken]);
  const isSo = async (): Promise<boolean> => {
    const { nodes } = await two.inspect("pool");
    return nodes.every(({ holders }) =>
      holders.some(({ token, permits }) => token === lock.token && permits.join() === lock.permits.join()),
    );
  };
  const mostMs = rig.isSimulated ? 1_000 : isMoved ? 20_000 : 500;
  await eventually(rig, "all nodes show the same number", isSo, mostMs);
  await Promise.all([held.release(), lock.release()]);
}

export const strays: Scenario = {
  id: "P5",
  title: "a node that gave another number than the quorum is moved, and a second later all show the same",
  nodeCount: 3,
  isPatient: true,
  play: (rig) => disagree(rig, true),
  control: {
    without: "moving: nodes that disagree once disagree on",
    fails: /all nodes show the same number/,
    play: (rig) => disagree(rig, false),
  },
};
