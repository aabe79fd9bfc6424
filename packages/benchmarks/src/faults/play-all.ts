/** Plays each fault with each library, side by side on fleets of their own. */
import { findClockShim, startFleet } from "@quorate/testing";
import type { Fault } from "./faults.ts";
import type { Caller, Library } from "./library.ts";

export interface Result {
  readonly fault: string;
  readonly library: string;
  /** What went wrong; "": nothing; `undefined`: the library has no such thing. */
  readonly seen: string | undefined;
}

export async function playAll(faults: readonly Fault[], libraries: readonly Library[]): Promise<Result[]> {
  const results: Result[] = [];
  for (const fault of faults) {
    results.push(...(await Promise.all(libraries.map((library) => play(fault, library)))));
  }
  return results;
}

async function play(fault: Fault, library: Library): Promise<Result> {
  const result = { fault: fault.name, library: library.name };
  // The nodes have been locked on for long, as those of anybody: a restart guard has nothing to wait for.
  const server = (await findClockShim()).available ? { ageMs: 90 * 86_400_000 } : {};
  const fleet = await startFleet({ nodes: 3, proxied: true, server });
  const callers: Caller[] = [];
  const open = async (peer: string): Promise<Caller> => {
    const caller = await library.open(await fleet.urlsFor(peer));
    callers.push(caller);
    return caller;
  };
  try {
    if (fault.has !== undefined && !fault.has(await open("zero"))) return { ...result, seen: undefined };
    return { ...result, seen: (await fault.play({ library, fleet, open })) ?? "" };
  } finally {
    fleet.net.heal();
    await Promise.race([
      Promise.allSettled(callers.map((caller) => caller.close())),
      new Promise((resolve) => setTimeout(resolve, 2_000).unref()),
    ]);
    await fleet.stop();
  }
}
