/** Three members of a service that locks, started for the benchmark and stopped with it. */
import { readFileSync } from "node:fs";
import type { PeerName } from "../peers/peers.ts";

export interface Service {
  readonly peer: PeerName;
  /** What the table says it is. */
  readonly label: string;
  /** For the clients, one per member. */
  readonly urls: readonly string[];
  /** The process of each member. */
  readonly pids: readonly number[];
  /** `kill -9` of the member that leads, or, where all are alike, of one; resolves when it is gone. */
  killLeader(): Promise<void>;
  stop(): Promise<void>;
}

/** The clock ticks of Linux's /proc are hundredths of a second. */
const usPerTick = 10_000;

/** CPU that these processes have used since they started, in microseconds; 0 for one that is gone. */
export function cpuUsOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    try {
      // The name of the program stands in brackets and may hold spaces; user and system time are the 12th and 13th behind.
      const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
      return sum + (Number(fields[11]) + Number(fields[12])) * usPerTick;
    } catch {
      return sum;
    }
  }, 0);
}
