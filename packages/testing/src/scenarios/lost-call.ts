import assert from "node:assert/strict";

import type { Rule } from "../rule/verdict.ts";
import type { Scenario } from "./scenario.ts";

/** Lets subscriptions be made, and from `cut` on nothing through that is said on them. */
function deafen(peer: string): { readonly rule: Rule; cut(): void } {
  const listening = new Set<number>();
  let isCut = false;
  const rule: Rule = (message) => {
    if (message.peer !== peer) return { kind: "pass" };
    if (message.operation === "subscribe") listening.add(message.connection);
    return isCut && listening.has(message.connection) ? { kind: "drop" } : { kind: "pass" };
  };
  return { rule, cut: () => void (isCut = true) };
}

export const lostCall: Scenario = {
  id: "D5",
  title: "a waiter whose call is lost still gets the lock, within its back-off or the holder's TTL",
  nodeCount: 3,
  isPatient: true,
  async play(rig) {
    const holder = await rig.connect("holder");
    const waiter = await rig.connect("waiter", { retryDelayMs: 600, retryMaxDelayMs: 1_000 });
    const deaf = deafen("waiter");
    rig.net.addRule(deaf.rule);
    const lock = await holder.acquire("job", 60_000);
    const acquiring = waiter.acquire("job", 1_500, { waitMs: 30_000 });
    await rig.pass(400);
    deaf.cut();
    const releasedAtMs = rig.nowMs();
    await lock.release();
    const next = await acquiring;
    const waitedMs = rig.nowMs() - releasedAtMs;
    assert.ok(waitedMs < 1_500 + (rig.isSimulated ? 0 : 10_000), `it took ${waitedMs} ms`);
    await next.release();
  },
};
