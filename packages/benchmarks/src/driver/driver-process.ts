/** A child process with one peer in it, which does what it is told over IPC. The measuring happens here. */
import { openOurs } from "../peers/ours.ts";
import type { Peer } from "../peers/peer.ts";
import { peers } from "../peers/peers.ts";
import type { OpenOrder, Order, OrderMessage } from "./order.ts";
import { runContention } from "./run-contention.ts";
import { runCycles } from "./run-cycles.ts";
import { runHolding } from "./run-holding.ts";

let opened: { readonly peer: Peer; readonly order: OpenOrder } | undefined;
let taken: unknown;

function current(): { readonly peer: Peer; readonly order: OpenOrder } {
  if (opened === undefined) throw new Error("no peer was opened");
  return opened;
}

async function obey(order: Order): Promise<unknown> {
  switch (order.kind) {
    case "open":
      opened = { peer: await peers[order.peer].open(order), order };
      return undefined;
    case "cycles":
      return runCycles(current().peer, order);
    case "hold":
      return holdWithOurs(order);
    case "contend":
      return runContention(current().peer, order);
    case "take":
      taken = await current().peer.acquire([order.resource]);
      return undefined;
    case "let-go":
      await current().peer.release(taken);
      return undefined;
    case "close":
      await opened?.peer.close();
      opened = undefined;
      return undefined;
  }
}

/** On a `Redlock` of its own, since it listens to what only ours tells. */
async function holdWithOurs(order: Extract<Order, { kind: "hold" }>): Promise<unknown> {
  const setup = current().order;
  const { redlock } = await openOurs(setup, setup.peer === "ours");
  try {
    return await runHolding(redlock, setup.ttlMs, order);
  } finally {
    await redlock.close();
  }
}

process.on("message", ({ id, order }: OrderMessage) => {
  obey(order).then(
    (report) => process.send?.({ id, report }),
    (error: unknown) => process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
// The parent is gone: nobody will ask any more.
process.on("disconnect", () => process.exit(0));
