/** Who holds on nodes 0 and 1 of three, and node 1 comes back empty; somebody else reaches 1 and 2. */
import assert from "node:assert/strict";

import type { AcquireOptions, Lock } from "@quorate/redlock";

import type { Rig } from "./rig/rig.ts";

const TTL_MS = 10_000;

/** `restartGuardMs`: of the one who comes later. Resolves with what is held, and what that one got. */
export async function forgetUnder(
  rig: Rig,
  holds: readonly AcquireOptions[],
  wanted: AcquireOptions,
  restartGuardMs: number,
): Promise<{ readonly held: readonly Lock[]; readonly got: readonly Lock[] }> {
  const holder = await rig.connect("holder", { nodeTimeoutMs: 500 });
  const other = await rig.connect("other", { restartGuardMs, nodeTimeoutMs: 500 });
  await rig.pass(50);
  rig.net.partition([2], { peers: ["holder"] });
  rig.net.partition([0], { peers: ["other"] });
  const held = await Promise.all(holds.map((options) => holder.acquire("page", TTL_MS, options)));
  await rig.nodes[1]!.restart("empty");
  await rig.pass(500);
  // Its connections may not be there again at the first round.
  const waitMs = restartGuardMs > 0 ? 0 : TTL_MS / 2;
  const outcome = await other.acquire("page", TTL_MS, { ...wanted, waitMs }).catch((error: Error) => error);
  if (!(outcome instanceof Error)) return { held, got: [outcome] };
  if (held.some((lock) => lock.isHeld())) assert.equal((outcome as { code?: string }).code, "QUORUM_UNAVAILABLE");
  return { held, got: [] };
}
