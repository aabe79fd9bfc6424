/** The end of a compat `Redlock`: it takes its clients along. */
import type { Runtime } from "../runtime/runtime.ts";
import { type Fleet, forget } from "./fleet.ts";
import type { Client } from "./stats.ts";

/** Longer than any healthy client takes to say goodbye. */
const quitPatienceMs = 2_000;

export async function quitFleet(fleet: Fleet, clients: ReadonlySet<Client>): Promise<void> {
  const { set, underWay, waitingReleases } = fleet;
  forget(fleet);
  // A release resolves with its quorum: the other nodes' may still wait for their turn.
  await Promise.all(waitingReleases);
  await Promise.all(underWay);
  const ends = [...clients].map((client) => quitClient(client, set.runtime));
  const outcomes = await Promise.allSettled(ends);
  await set.close();
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

/** A release waits at its gate from now on. Returns what is to be called when its first try begins. */
export function waitForTurn({ waitingReleases }: Fleet): () => void {
  let resolve!: () => void;
  const begun = new Promise<void>((begin) => (resolve = begin));
  waitingReleases.add(begun);
  return () => {
    resolve();
    waitingReleases.delete(begun);
  };
}

async function quitClient(client: Client, runtime: Runtime): Promise<void> {
  // A node in memory ends with its set.
  if ("send" in client && "overdue" in client) return;
  const ending = client as unknown as { quit(): Promise<unknown>; disconnect(): void };
  const patience = runtime.startTimer(quitPatienceMs, () => ending.disconnect());
  try {
    await ending.quit();
  } finally {
    patience.cancel();
  }
}
