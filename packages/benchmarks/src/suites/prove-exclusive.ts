/**
 * Before anything is measured: that a peer's lock is one. While it is held, a quorum of nodes has its key and another process is not
 * let in; once it is released, the other one is. A peer that only pretended would be the fastest of all.
 */
import type { Fleet } from "@quorate/testing";
import type { Driven } from "../driver/order.ts";
import { peers, type PeerName } from "../peers/peers.ts";

const settledWithinMs = 2_000;

/** Many times what a round takes. */
const keptOutForMs = 100;

/** Both drivers have the peer open. Throws what is wrong with it. */
export async function proveExclusive(fleet: Fleet, holder: Driven, rival: Driven, peer: PeerName): Promise<void> {
  const resource = `proof:${peer}`;
  await holder.tell({ kind: "take", resource });
  // Before the rival asks: of a peer that rolls nothing back, what it got on a node that was late would stay.
  const nodeCount = fleet.servers.length;
  const isSettled = (count: number): boolean => count === 0 || count === nodeCount;
  await until(async () => isSettled(await countNodesWith(fleet, resource)), `${peer} is not on every node`);
  const taken = rival.tell({ kind: "take", resource }).then(
    () => "inside",
    () => "refused",
  );
  const early = await Promise.race([taken, after(keptOutForMs)]);
  if (early === "inside") throw new Error(`${peer} lets two processes in`);
  if (!peers[peer].waits && early !== "refused") throw new Error(`${peer} neither waits nor refuses`);
  const quorum = Math.floor(nodeCount / 2) + 1;
  await until(async () => (await countNodesWith(fleet, resource)) >= quorum, `${peer} holds no quorum of nodes`);
  await holder.tell({ kind: "let-go" });
  if (peers[peer].waits) {
    const late = await Promise.race([taken, after(settledWithinMs)]);
    if (late !== "inside") throw new Error(`${peer} does not let the next one in`);
  }
  await rival.tell({ kind: "let-go" });
  await until(async () => (await countNodesWith(fleet, resource)) === 0, `${peer} left keys behind`);
}

/** A peer may put its own prefix before the resource. */
async function countNodesWith(fleet: Fleet, resource: string): Promise<number> {
  const found = await fleet.lockKeys();
  return new Set(found.filter(({ key }) => key.endsWith(resource)).map(({ node }) => node)).size;
}

async function after(milliseconds: number): Promise<undefined> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  return undefined;
}

async function until(isTrue: () => Promise<boolean>, complaint: string): Promise<void> {
  const deadlineMs = performance.now() + settledWithinMs;
  while (!(await isTrue())) {
    if (performance.now() > deadlineMs) throw new Error(complaint);
  }
}
