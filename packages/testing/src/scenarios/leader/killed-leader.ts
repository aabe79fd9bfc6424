import assert from "node:assert/strict";

import { eventually, inLine, type Rig } from "../rig/rig.ts";
import { Wire } from "../rig/wire.ts";
import type { Scenario } from "../scenario.ts";

interface Term {
  readonly who: string;
  readonly term: number;
  readonly fromMs: number;
}

/** `isEnding`: whether the term of who died ends by its TTL; else somebody goes on to renew it. */
async function kill(rig: Rig, isEnding: boolean): Promise<void> {
  const ttlMs = rig.isSimulated ? 1_000 : 6_000;
  const leader = await rig.startHolder("leader", "scheduler", ttlMs, { elect: true });
  const { token, fencingToken } = await leader.look();
  const stop = new AbortController();
  const terms: Term[] = [];
  const wire = new Wire();
  const candidates = [await rig.connect("one", {}, { wire }), await rig.connect("two")];
  const campaigns = candidates.map((redlock, index) =>
    redlock.elect("scheduler", ttlMs, { signal: stop.signal }, async (signal, lock) => {
      terms.push({ who: `candidate ${index}`, term: lock.fencingToken!, fromMs: rig.nowMs() });
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    }),
  );
  const settled = Promise.allSettled(campaigns);
  await inLine(rig, candidates[0]!, "scheduler", 2);
  assert.equal(terms.length, 0, "one leads at a time");
  await leader.kill();
  const killedAtMs = rig.nowMs();
  const renewal = {
    kind: "extend",
    keys: ["scheduler"],
    token,
    fence: fencingToken!,
    ttlMs: 60_000,
    fenceRetentionMs: 60_000,
  } as const;
  if (!isEnding) await Promise.all(rig.nodes.map((_, node) => wire.ask(node, renewal)));
  const mostMs = rig.isSimulated || !isEnding ? ttlMs + 50 : 30_000;
  try {
    await eventually(rig, "another one leads", () => terms.length > 0, mostMs);
    if (rig.isSimulated) assert.ok(terms[0]!.fromMs - killedAtMs <= ttlMs + 50, "within the TTL and 50 ms");
    assert.ok(terms[0]!.term > fencingToken!, "its term is higher");
    assert.equal(terms.length, 1);
  } finally {
    stop.abort();
    await settled;
  }
}

/** E1 of the leader's: another scenario has that id. */
export const killedLeader: Scenario = {
  id: "elect E1",
  title: "when the leader's process is killed another candidate leads within the TTL, under a higher term",
  nodeCount: 3,
  isPatient: true,
  play: (rig) => kill(rig, true),
  control: {
    without: "a lease that ends: somebody renews what the dead leader held",
    fails: /another one leads/,
    play: (rig) => kill(rig, false),
  },
};
