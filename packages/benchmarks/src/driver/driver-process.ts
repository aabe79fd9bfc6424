/** A child process with one peer in it, which does what it is told over IPC. The measuring happens here. */
import type { Peer } from "../peers/peer.ts";
import { peers } from "../peers/peers.ts";
import type { OpenOrder, Order, OrderMessage } from "./order.ts";
import { runContention } from "./run-contention.ts";
import { runCycles } from "./run-cycles.ts";
import { Hoard } from "./hoard.ts";
import { runWaiting } from "./run-waiting.ts";

let opened: { readonly peer: Peer; readonly order: OpenOrder } | undefined;
let taken: { readonly held: unknown } | undefined;
let hoard: Hoard | undefined;

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
      hoard = await Hoard.open(current().order);
      return hoard.acquire(order.lockCount);
    case "keep":
      return hoard?.watch(order.durationMs);
    case "wait":
      return runWaiting(current().peer, order);
    case "contend":
      return runContention(current().peer, order);
    case "take":
      taken = { held: await current().peer.acquire([order.resource]) };
      return undefined;
    case "let-go":
      if (taken !== undefined) await current().peer.release(taken.held);
      taken = undefined;
      await hoard?.letGo();
      hoard = undefined;
      return undefined;
    case "close":
      await opened?.peer.close();
      opened = undefined;
      return undefined;
  }
}

process.on("message", ({ id, order }: OrderMessage) => {
  obey(order).then(
    (report) => process.send?.({ id, report }),
    (error: unknown) =>
      process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
// The parent is gone: nobody will ask any more.
process.on("disconnect", () => process.exit(0));
