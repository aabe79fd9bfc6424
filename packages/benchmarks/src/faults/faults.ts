/**
 * What was seen to go wrong in libraries of this kind, each as a short play on three real servers behind proxies. A play
 * resolves with what went wrong, in words, or with `undefined` where nothing did.
 */
import type { ProxiedFleet } from "@quorate/testing";
import type { Caller, Library } from "./library.ts";

interface Stage {
  readonly library: Library;
  readonly fleet: ProxiedFleet;
  /** Another process's use of the library: `peer` is its name in network faults. */
  readonly open: (peer: string) => Promise<Caller>;
}

export interface Fault {
  readonly name: string;
  /** Whether the library has what the play is about. */
  has?(caller: Caller): boolean;
  play(stage: Stage): Promise<string | undefined>;
}

const late = Symbol("late");
const pause = (ms: number): Promise<typeof late> => new Promise((resolve) => setTimeout(resolve, ms, late));

/** What a promise came to within the time, which is far more than an answer takes. */
async function outcomeOf<R>(promise: Promise<R>, withinMs: number): Promise<R | Error | typeof late> {
  const settled = promise.catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
  return Promise.race([settled, pause(withinMs)]);
}

const isTaken = (outcome: unknown): boolean => outcome !== late && !(outcome instanceof Error);

const restartedEmpty: Fault = {
  name: "two of three nodes restart empty under a holder: a second holder gets in",
  async play({ fleet, open }) {
    const [first, second] = [await open("one"), await open("two")];
    await first.take("r", 60_000);
    await Promise.all([0, 1].map((node) => fleet.node(node).restart({ keepData: false })));
    // Clients come back by themselves.
    await pause(1_500);
    const outcome = await outcomeOf(second.take("r", 60_000), 5_000);
    return isTaken(outcome) ? "a second holder, 58 s before the first one's TTL is over" : undefined;
  },
};

const hungNode: Fault = {
  name: "one of three nodes hangs: nobody gets a lock, or can end one",
  async play({ fleet, open }) {
    const caller = await open("one");
    await (await caller.take("warm", 30_000)).release();
    await fleet.node(2).pause();
    try {
      const taken = await outcomeOf(caller.take("r", 10_000), 3_000);
      if (taken === late) return "no answer to an acquire within 3 s";
      if (taken instanceof Error) return `an acquire was refused: ${taken.message}`;
      return (await outcomeOf(taken.release(), 3_000)) === late ? "no answer to a release within 3 s" : undefined;
    } finally {
      fleet.node(2).resume();
    }
  },
};

const expired: Fault = {
  name: "answers take longer than the TTL: an expired lock is handed out",
  async play({ fleet, open }) {
    const caller = await open("one");
    await (await caller.take("warm", 30_000)).release();
    fleet.net.latency({ delayMs: 400 });
    const outcome = await outcomeOf(caller.take("r", 500), 5_000);
    return isTaken(outcome) ? "a lock of 500 ms was handed out 800 ms after it was asked for" : undefined;
  },
};

const noQuorum: Fault = {
  name: "two of three nodes do not answer: a try has no end, and its key stays on the third",
  async play({ fleet, open }) {
    const caller = await open("one");
    await (await caller.take("warm", 30_000)).release();
    fleet.net.blackHole([0, 1], { peers: ["one"] });
    const outcome = await outcomeOf(caller.take("lost", 60_000), 4_000);
    if (isTaken(outcome)) return "it was granted";
    const isLeft = (await fleet.lockKeys()).some(({ key }) => key.includes("lost"));
    const key = isLeft ? "a key on the third node, held by nobody" : "";
    return outcome === late ? ["no answer within 4 s", key].filter(Boolean).join("; ") : key || undefined;
  },
};

const lateLoss: Fault = {
  name: "a holder is cut off from two of three nodes: it is told after the keys have ended, or never",
  async play({ fleet, open }) {
    const caller = await open("one");
    const ttlMs = 4_000;
    let toldAfterMs = Infinity;
    const routine = async (signal: AbortSignal): Promise<void> => {
      fleet.net.partition([0, 1], { peers: ["one"] });
      const cutAt = performance.now();
      signal.addEventListener("abort", () => (toldAfterMs = performance.now() - cutAt), { once: true });
      await pause(2.5 * ttlMs);
    };
    await outcomeOf(caller.using("r", ttlMs, routine), 3.5 * ttlMs);
    if (toldAfterMs <= ttlMs) return undefined;
    const told = toldAfterMs === Infinity ? "never told" : `told ${(toldAfterMs - ttlMs).toFixed(0)} ms too late`;
    return `${told}: after one TTL nothing keeps another holder out`;
  },
};

const lostResult: Fault = {
  name: "the release fails: the routine's own result is lost",
  async play({ fleet, open }) {
    const caller = await open("one");
    const routine = async (): Promise<string> => {
      fleet.net.reset({ nodes: [0, 1, 2], peers: ["one"] });
      fleet.net.partition([0, 1, 2], { peers: ["one"] });
      return "the result";
    };
    const outcome = await outcomeOf(caller.using("r", 5_000, routine), 8_000);
    fleet.net.heal();
    if (outcome === "the result") return undefined;
    return outcome === late ? "no answer within 8 s" : `rejected instead: ${String(outcome)}`;
  },
};

const thirtyDays: Fault = {
  name: "a TTL of 30 days, kept alive: a timer overflows, and the nodes are asked without end",
  async play({ fleet, open }) {
    const caller = await open("one");
    const count = async (): Promise<number> =>
      Number(/total_commands_processed:(\d+)/.exec(String(await fleet.node(0).command("INFO", "stats")))?.[1]);
    let asked = 0;
    const routine = async (): Promise<void> => {
      const before = await count();
      await pause(1_000);
      asked = (await count()) - before;
    };
    const outcome = await outcomeOf(caller.using("r", 30 * 86_400_000, routine), 5_000);
    if (outcome instanceof Error) return `rejected: ${outcome.message}`;
    return asked > 50 ? `${asked} commands to a node within a second` : undefined;
  },
};

const saysNothing: Fault = {
  name: "a wrong password on every node: the error does not say so",
  async play({ fleet, open }) {
    await Promise.all(fleet.servers.map((server) => server.command("CONFIG", "SET", "requirepass", "secret")));
    const caller = await open("one");
    const outcome = await outcomeOf(caller.take("r", 10_000), 5_000);
    if (!(outcome instanceof Error)) return outcome === late ? "no answer within 5 s" : "it was granted";
    return /password|auth/i.test(outcome.message) ? undefined : `it says: ${outcome.message}`;
  },
};

const oneTooMany: Fault = {
  name: "two permits, three callers that each miss another node: three get one",
  has: (caller) => caller.takePermit !== undefined,
  async play({ fleet, open }) {
    let count = 0;
    for (const [node, peer] of ["one", "two", "three"].entries()) {
      const caller = await open(peer);
      // It refuses every write.
      await fleet.node(node).configure("min-replicas-to-write", "1");
      if (isTaken(await outcomeOf(caller.takePermit!("p", 60_000, 2), 4_000))) count += 1;
      await fleet.node(node).configure("min-replicas-to-write", "0");
    }
    return count > 2 ? `${count} holders of 2 permits` : undefined;
  },
};

export const faults: readonly Fault[] = [
  restartedEmpty,
  hungNode,
  expired,
  noQuorum,
  lateLoss,
  lostResult,
  thirtyDays,
  saysNothing,
  oneTooMany,
];
