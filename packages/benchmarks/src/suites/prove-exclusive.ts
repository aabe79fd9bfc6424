/**
 * Before anything is measured: that a peer's lock is one. While it is held, a quorum of nodes has its key; once it is released, none
 * has. A peer that only pretended would be the fastest of all.
 */
import type { Fleet } from "@quorate/testing";
import type { Driver } from "../driver/driver.ts";
import type { PeerName } from "../peers/peers.ts";

const settledWithinMs = 2_000;

export async function proveExclusive(fleet: Fleet, driver: Driver, peer: PeerName): Promise<void> {
  const resource = `proof:${peer}`;
  const quorum = Math.floor(fleet.servers.length / 2) + 1;
  await driver.tell({ kind: "take", resource });
  await until(async () => (await countNodesWith(fleet, resource)) >= quorum, `${peer} holds no quorum of nodes`);
  await driver.tell({ kind: "let-go" });
  await until(async () => (await countNodesWith(fleet, resource)) === 0, `${peer} left keys behind`);
}

/** A peer may put its own prefix before the resource. */
async function countNodesWith(fleet: Fleet, resource: string): Promise<number> {
  const found = await fleet.lockKeys();
  return new Set(found.filter(({ key }) => key.endsWith(resource)).map(({ node }) => node)).size;
}

async function until(isTrue: () => Promise<boolean>, complaint: string): Promise<void> {
  const deadlineMs = performance.now() + settledWithinMs;
  while (!(await isTrue())) {
    if (performance.now() > deadlineMs) throw new Error(complaint);
  }
}
