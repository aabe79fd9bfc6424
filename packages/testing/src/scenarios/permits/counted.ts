/** A semaphore as others count it: so many on each node, and a majority of the nodes. What it is told is made to look so. */
import { Wire } from "../rig/wire.ts";

/** Takes any majority of grants for a permit, whichever numbers the nodes gave. */
export function countingWire(): Wire {
  const wire = new Wire();
  wire.hear = (vote) => (vote.outcome === "granted" && vote.slots !== undefined ? { ...vote, slots: [0] } : vote);
  return wire;
}
