/** An acquire that reaches node 0 behind its own rollback: sent again by a client library, or kept back by the network. */
import assert from "node:assert/strict";

import type { AcquireOptions, Redlock } from "@quorate/redlock";
import type { AcquireOperation } from "@quorate/redlock/node";

import { eventually, type Rig } from "./rig/rig.ts";
import { Wire } from "./rig/wire.ts";

/**
 * Nodes 1 and 2 of three are held by somebody else, so that the caller is refused and rolls back. Its clock is 5 s ahead.
 * `isBuried`: whether node 0 is told of a rollback of what it has not seen. Resolves with somebody who comes later.
 */
export async function arriveLate(rig: Rig, how: AcquireOptions, times: number, isBuried: boolean): Promise<Redlock> {
  const holder = await rig.connect("holder", {}, { nodes: [1, 2] });
  const wire = new Wire();
  const late = await rig.connect("late", {}, { wire, wallOffsetMs: 5_000 });
  const held = await holder.acquire("job", 60_000);
  let kept: AcquireOperation | undefined;
  wire.change = (operation, node) => {
    if (node !== 0) return operation;
    if (operation.kind === "acquire") kept = operation;
    return operation.kind === "acquire" || (operation.kind === "release" && !isBuried) ? undefined : operation;
  };
  // Until the rollback was written the node would leave the acquire out by itself.
  let isRolledBack = false;
  wire.hear = (vote, { kind }, node) => {
    if (kind === "release" && node === 0) isRolledBack = true;
    return vote;
  };
  assert.equal(await late.tryAcquire("job", 60_000, how), null);
  await eventually(rig, "node 0 has answered the rollback", () => isRolledBack);
  for (let time = 0; time < times; time++) {
    const vote = await wire.ask(0, kept!);
    assert.equal(vote.outcome, "refused", "an acquire behind its rollback came to life");
  }
  assert.equal(await rig.nodes[0]!.tokenOf("job"), undefined);
  await held.release();
  return rig.connect("next");
}
