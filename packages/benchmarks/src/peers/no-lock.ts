/** Lets everybody in: the control of every check. A run in which it is not caught has not looked. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Peer } from "./peer.ts";

export async function openNoLock(): Promise<Peer<undefined>> {
  return {
    acquire: () => nextTurn(undefined),
    release: async () => {},
    close: async () => {},
  };
}
