/** What can go wrong with one node of a fleet, and how it is mended. */
import type { Fleet } from "@quorate/testing";

/** The node that it happens to. */
export const faultyNode = 0;

export interface Fault {
  readonly condition: string;
  /** Whether it needs the fleet's proxies. */
  readonly isProxied: boolean;
  /** Whether the rig itself can still ask the node. */
  readonly isNodeReachable: boolean;
  /** Resolves when it is in force; what it resolves with mends it. */
  inflict(fleet: Fleet): Promise<() => Promise<void>>;
}

/** A restarted server is not trusted before it is so old; see peers/ours.ts. */
const trustedAfterMs = 5_300;
const millisecondsOf = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

export const faults: Readonly<Record<"killed" | "stopped" | "blackHoled" | "slow", Fault>> = {
  killed: {
    condition: "one node killed",
    isProxied: false,
    isNodeReachable: false,
    async inflict(fleet) {
      await fleet.node(faultyNode).kill();
      return async () => {
        await fleet.node(faultyNode).restart({ keepData: false });
        await millisecondsOf(trustedAfterMs);
      };
    },
  },
  stopped: {
    condition: "one node stopped (SIGSTOP)",
    isProxied: false,
    isNodeReachable: false,
    async inflict(fleet) {
      await fleet.node(faultyNode).pause();
      return async () => fleet.node(faultyNode).resume();
    },
  },
  blackHoled: {
    condition: "one node black-holed",
    isProxied: true,
    isNodeReachable: true,
    async inflict(fleet) {
      const hole = fleet.net?.blackHole([faultyNode]);
      return async () => hole?.[Symbol.dispose]();
    },
  },
  slow: {
    condition: "one node slow by 20 ms",
    isProxied: true,
    isNodeReachable: true,
    async inflict(fleet) {
      const slow = fleet.net?.slow({ nodes: [faultyNode], delayMs: 20 });
      return async () => slow?.[Symbol.dispose]();
    },
  },
};
