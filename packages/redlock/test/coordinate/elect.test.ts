/** Leaders and followers: E1 to E10 of the scenarios, in simulated time. */
import { LockLostError, type Leader, type Redlock } from "@quorate/redlock";
import { expect, test } from "vitest";
import { Stage } from "../../../testing/src/sim/stage.ts";

const TTL_MS = 1_000;

interface Term {
  readonly who: string;
  readonly term: number;
  readonly fromMs: number;
  /** Told by its signal. */
  toldAtMs?: number;
  endedAtMs?: number;
}

/** Candidates that lead until they are told to stop, and what they did. */
class Ballot {
  readonly stage = new Stage({ nodes: 3 });
  readonly terms: Term[] = [];
  /** How long a routine goes on behind its signal. */
  lingerMs = 0;

  get nowMs(): number {
    return this.stage.scheduler.nowMs;
  }

  leading(
    who: string,
    quit?: Promise<void>,
  ): (signal: AbortSignal, lock: { fencingToken: number | undefined }) => Promise<string> {
    return async (signal, { fencingToken }) => {
      const term: Term = { who, term: fencingToken!, fromMs: this.nowMs };
      this.terms.push(term);
      const aborted = new Promise<void>((resolve) => {
        signal.addEventListener("abort", () => {
          term.toldAtMs = this.nowMs;
          this.stage.scheduler.after(this.lingerMs, resolve);
        });
      });
      await Promise.race([aborted, quit ?? aborted]);
      term.endedAtMs = this.nowMs;
      return `${who} ended`;
    };
  }
}

test("E1 the leader's process is killed: another leads within the TTL, under a higher term", async () => {
  const ballot = new Ballot();
  const { stage } = ballot;
  for (const who of ["a", "b", "c"]) {
    void stage
      .process(who)
      .redlock.elect("scheduler", TTL_MS, {}, ballot.leading(who))
      .catch(() => {});
    await stage.pass(10);
  }
  await stage.pass(2_000);
  expect(ballot.terms.map(({ who }) => who)).toEqual(["a"]);
  const killedAtMs = ballot.nowMs;
  stage.network.partition([0, 1, 2], { peers: ["a"] });
  await stage.pass(TTL_MS + 50);
  const [first, second] = ballot.terms;
  expect(second!.fromMs - killedAtMs).toBeLessThanOrEqual(TTL_MS + 50);
  expect(second!.term).toBeGreaterThan(first!.term);
  // E2 for the one that lives on: told before the other leads.
  expect(first!.toldAtMs).toBeLessThan(second!.fromMs);
});

test.each([0, 5_000])(
  "E2, E3 a leader that was cut off campaigns again once its routine has ended, %i ms later",
  async (lingerMs) => {
    const ballot = new Ballot();
    const { stage } = ballot;
    ballot.lingerMs = lingerMs;
    const { redlock } = stage.process("a");
    const warnings: string[] = [];
    redlock.on("warning", ({ code }) => warnings.push(code));
    void redlock.elect("scheduler", TTL_MS, {}, ballot.leading("a")).catch(() => {});
    await stage.pass(500);
    stage.network.partition([0, 1, 2], { peers: ["a"] });
    await stage.pass(1_500);
    stage.network.heal();
    await stage.pass(8_000);
    const [first, second] = ballot.terms;
    expect(second!.fromMs).toBeGreaterThanOrEqual(first!.endedAtMs!);
    expect(first!.endedAtMs! - first!.toldAtMs!).toBeGreaterThanOrEqual(lingerMs);
    expect(warnings.includes("LEADER_DEAF")).toBe(lingerMs > 0);
  },
);

test("E4 it settles as its routine does, and the next leads at once", async () => {
  const ballot = new Ballot();
  const { stage } = ballot;
  const [first, second] = [stage.process("a").redlock, stage.process("b").redlock];
  const led = first.elect("scheduler", TTL_MS, {}, async () => {
    await new Promise<void>((resolve) => stage.scheduler.after(400, resolve));
    throw new Error("the work failed");
  });
  led.catch(() => {});
  await stage.pass(50);
  const ended = second.elect(
    "scheduler",
    TTL_MS,
    {},
    ballot.leading("b", new Promise((resolve) => stage.scheduler.after(800, resolve))),
  );
  await expect(stage.until(led)).rejects.toThrow("the work failed");
  const resignedAtMs = ballot.nowMs;
  expect(await stage.until(ended)).toBe("b ended");
  expect(ballot.terms[0]!.fromMs - resignedAtMs).toBeLessThan(10);
  await stage.pass(100);
  expect(stage.keysOf("scheduler").size).toBe(0);
});

test("E5 a fleet that is away for 30 s ends no campaign", async () => {
  const ballot = new Ballot();
  const { stage } = ballot;
  stage.network.partition([0, 1, 2], { peers: ["a"] });
  const { redlock } = stage.process("a");
  let failedCount = 0;
  redlock.on("roundFailed", () => failedCount++);
  void redlock.elect("scheduler", TTL_MS, {}, ballot.leading("a")).catch(() => {});
  await stage.pass(30_000);
  expect(failedCount).toBeGreaterThan(3);
  stage.network.heal();
  await stage.pass(5_000);
  expect(ballot.terms).toHaveLength(1);
});

test("E6 a candidate's signal ends its campaign; a leader's ends its routine, which is waited for", async () => {
  const ballot = new Ballot();
  const { stage } = ballot;
  ballot.lingerMs = 300;
  const [leader, candidate] = [new AbortController(), new AbortController()];
  const led = stage.process("a").redlock.elect("scheduler", TTL_MS, { signal: leader.signal }, ballot.leading("a"));
  await stage.pass(50);
  const campaign = stage
    .process("b")
    .redlock.elect("scheduler", TTL_MS, { signal: candidate.signal }, ballot.leading("b"));
  campaign.catch(() => {});
  await stage.pass(500);
  candidate.abort(new Error("no longer"));
  await expect(stage.until(campaign)).rejects.toThrow("no longer");
  leader.abort(new Error("SIGTERM"));
  expect(await stage.until(led)).toBe("a ended");
  await stage.pass(100);
  expect(ballot.terms.map(({ who }) => who)).toEqual(["a"]);
  expect(stage.keysOf("scheduler").size).toBe(0);
});

test("E7 without rejoin a loss is the end", async () => {
  const ballot = new Ballot();
  const { stage } = ballot;
  const led = stage.process("a").redlock.elect("scheduler", TTL_MS, { rejoin: false }, ballot.leading("a"));
  led.catch(() => {});
  await stage.pass(200);
  stage.network.partition([0, 1, 2], { peers: ["a"] });
  await expect(stage.until(led)).rejects.toBeInstanceOf(LockLostError);
  expect(ballot.terms[0]!.endedAtMs).toBeDefined();
});

function followed(
  stage: Stage,
  redlock: Redlock,
  signal?: AbortSignal,
): { seen: [number, Leader | undefined][]; over: Promise<void> } {
  const seen: [number, Leader | undefined][] = [];
  const over = (async () => {
    for await (const leader of redlock.follow("scheduler", { ...(signal && { signal }) })) {
      seen.push([stage.scheduler.nowMs, leader]);
    }
  })();
  return { seen, over };
}

test("a follower hears of each leader at once, of nobody too, and asks rarely between", async () => {
  const ballot = new Ballot();
  const { stage } = ballot;
  const watcher = stage.process("w").redlock;
  const end = new AbortController();
  const { seen, over } = followed(stage, watcher, end.signal);
  over.catch(() => {});
  await stage.pass(300);
  let askedCount = 0;
  for (const server of stage.servers) {
    const { model } = server;
    const execute = model.execute.bind(model);
    model.execute = (operations) => {
      askedCount += operations.filter(({ kind }) => kind === "inspect").length;
      return execute(operations);
    };
  }
  for (const who of ["a", "b"]) {
    const quit = new Promise<void>((resolve) => stage.scheduler.after(5_000, resolve));
    void stage.process(who).redlock.elect("scheduler", TTL_MS, { label: who }, ballot.leading(who, quit));
    await stage.pass(2_000);
  }
  await stage.pass(4_000);
  end.abort(new Error("enough"));
  await expect(stage.until(over)).rejects.toThrow("enough");
  expect(seen.map(([, leader]) => leader?.label)).toEqual([undefined, "a", "b", undefined]);
  const terms = ballot.terms.map(({ term }) => term);
  expect(seen.flatMap(([, leader]) => leader?.fencingToken ?? [])).toEqual(terms);
  for (const [index, { fromMs }] of ballot.terms.entries()) expect(seen[index + 1]![0] - fromMs).toBeLessThan(10);
  expect(askedCount / 3).toBeLessThan(16);
});

test("E8 with announcements cut, a follower learns of a change within the TTL", async () => {
  const ballot = new Ballot();
  const { stage } = ballot;
  for (const { model } of stage.servers) {
    const execute = model.execute.bind(model);
    model.execute = (operations) => ({ ...execute(operations), notices: [] });
  }
  const { seen, over } = followed(stage, stage.process("w").redlock);
  over.catch(() => {});
  await stage.pass(100);
  void stage
    .process("a")
    .redlock.elect("scheduler", TTL_MS, { label: "a" }, ballot.leading("a"))
    .catch(() => {});
  await stage.pass(3_000);
  void stage
    .process("b")
    .redlock.elect("scheduler", TTL_MS, { label: "b" }, ballot.leading("b"))
    .catch(() => {});
  stage.network.partition([0, 1, 2], { peers: ["a"] });
  await stage.pass(5_000);
  expect(seen.map(([, leader]) => leader?.label).filter((label) => label !== undefined)).toEqual(["a", "b"]);
  expect(seen.at(-1)![0] - ballot.terms[1]!.fromMs).toBeLessThanOrEqual(TTL_MS + 10);
  expect(seen.at(-1)![1]!.fencingToken).toBeGreaterThan(ballot.terms[0]!.term);
});

test("a follower, and a candidate, end with their Redlock", async () => {
  const { stage, leading } = Object.assign(new Ballot(), {});
  void leading;
  const { redlock } = stage.process("w");
  const { over } = followed(stage, redlock);
  over.catch(() => {});
  await stage.pass(100);
  void redlock.close();
  await expect(stage.until(over)).rejects.toMatchObject({ code: "CLOSED" });
});

test("E9 a leader whose resignation fails tells it; the next leads when its lock ends", async () => {
  const ballot = new Ballot();
  const { stage } = ballot;
  const { redlock } = stage.process("a");
  const failed: unknown[] = [];
  redlock.on("releaseFailed", (event) => failed.push(event));
  let quit!: () => void;
  const quitting = new Promise<void>((resolve) => (quit = resolve));
  const led = redlock.elect("scheduler", TTL_MS, {}, ballot.leading("a", quitting));
  await stage.pass(100);
  void stage
    .process("b")
    .redlock.elect("scheduler", TTL_MS, {}, ballot.leading("b"))
    .catch(() => {});
  await stage.pass(100);
  stage.network.partition([0, 1, 2], { peers: ["a"] });
  quit();
  expect(await stage.until(led)).toBe("a ended");
  expect(failed).toHaveLength(1);
  stage.network.heal();
  await stage.pass(TTL_MS + 50);
  expect(ballot.terms.map(({ who }) => who)).toEqual(["a", "b"]);
});

test("E10 a leader that was paused past its lock wakes under a term that is no longer the highest", async () => {
  const ballot = new Ballot();
  const { stage } = ballot;
  const paused = stage.process("a");
  void paused.redlock.elect("scheduler", TTL_MS, {}, ballot.leading("a")).catch(() => {});
  await stage.pass(100);
  void stage
    .process("b")
    .redlock.elect("scheduler", TTL_MS, {}, ballot.leading("b"))
    .catch(() => {});
  await stage.pass(100);
  paused.process.stopFor(5_000);
  await stage.pass(6_000);
  expect(ballot.terms.map(({ who }) => who)).toEqual(["a", "b"]);
  expect(ballot.terms[1]!.term).toBeGreaterThan(ballot.terms[0]!.term);
  expect(ballot.terms[0]!.toldAtMs).toBeDefined();
});

test.each([
  [{ waitMs: 5 }, "there is no option waitMs"],
  [{ reentrant: true }, "there is no option reentrant"],
  [{ rejoin: 1 }, "Option rejoin must be a boolean"],
])("elect refuses %j before any I/O", async (options, message) => {
  const { redlock } = new Stage({ nodes: 3 }).process("a");
  await expect(redlock.elect("a", 1_000, options as never, () => {})).rejects.toThrow(message);
});
