/** What goes wrong in a run, and when. */
import type { Fault, PlannedFault, Range } from "./plan.ts";
import type { Prng } from "./prng.ts";
import type { CourseFault, Profile, Sides } from "./profile/profile.ts";

/** What of the world the faults have to fit. */
export interface Sizes {
  readonly nodeCount: number;
  readonly processCount: number;
  readonly durationMs: number;
  readonly longestTtlMs: number;
  /** By what the run is slower than usual: as many faults, so much longer. */
  readonly tempo: number;
}

export function drawFaults(prng: Prng, profile: Profile, sizes: Sizes): PlannedFault[] {
  if (profile.course !== undefined) return drawCourse(prng, profile.course);
  const kinds = Object.entries(profile.faults).flatMap(([kind, weight]) =>
    Array.from({ length: weight }, () => kind as Fault["kind"]),
  );
  if (kinds.length === 0) return [];
  const { durationMs, tempo } = sizes;
  const count = Math.ceil((profile.faultsPer10s * durationMs * prng.between(0.3, 1.2)) / (10_000 * tempo));
  const faults = Array.from({ length: count }, () => {
    const kind = prng.pick(kinds);
    const meanMs = (kind === "kill node" ? profile.meanKillMs : undefined) ?? profile.meanFaultMs;
    return {
      atMs: Math.round(prng.between(20, durationMs * 0.95)),
      durationMs: Math.round(prng.exponential(meanMs * tempo)) + 1,
      fault: drawFault(prng, kind, sizes, profile),
    };
  });
  return faults.sort((a, b) => a.atMs - b.atMs);
}

function drawCourse(prng: Prng, course: readonly CourseFault[]): PlannedFault[] {
  const within = (range: Range): number => Math.round(prng.between(...range));
  return course.map(({ atMs, durationMs, fault }) => ({ atMs: within(atMs), durationMs: within(durationMs), fault }));
}

function drawFault(prng: Prng, kind: Fault["kind"], sizes: Sizes, profile: Profile): Fault {
  const node = prng.integer(0, (profile.faultyNodes ?? ((count) => count))(sizes.nodeCount) - 1);
  const process = prng.integer(0, sizes.processCount - 1);
  const sides = (): Sides => {
    const narrow = profile.sides?.[kind];
    return narrow === undefined ? drawSides(prng, sizes) : prng.pick(narrow);
  };
  switch (kind) {
    case "kill node":
      return {
        kind,
        node,
        memory: prng.pick(profile.memories ?? ["kept", "empty", "snapshot"]),
        silently: prng.chance(0.3),
      };
    case "move address":
      return { kind, node, silently: prng.chance(0.3) };
    case "promote replica":
      return { kind, node, lagMs: Math.round(prng.exponential(200)), tells: prng.chance(0.5) };
    case "stop node":
    case "snapshot node":
    case "demote node":
    case "flush node":
    case "swap database":
    case "flush scripts":
    case "fill memory":
    case "publish":
    case "reset connections":
      return { kind, node };
    case "step node clock": {
      const [from, to] = profile.nodeStepMs ?? [-20_000, 20_000];
      return { kind, node, byMs: Math.round(prng.between(from, to)) };
    }
    case "stop process":
    case "suspend process":
    case "freeze process":
    case "kill process":
    case "close process":
      return { kind, process };
    case "step process clock":
      return { kind, process, byMs: Math.round(prng.between(-1.5, 1.5) * sizes.longestTtlMs) };
    case "partition":
      return { kind, ...sides(), direction: prng.pick(["request", "reply", "both", "both"]) };
    case "black hole":
    case "lose replies":
      return { kind, ...sides() };
    case "slow": {
      const usualMs = Math.min(2000 * sizes.tempo, sizes.longestTtlMs) / 4;
      const byMs = Math.round(profile.slowMs ? prng.between(...profile.slowMs) : prng.exponential(usualMs));
      const slow = {
        kind,
        ...sides(),
        direction: prng.pick(profile.slowDirections ?? (["request", "reply"] as const)),
        byMs,
      };
      if (profile.slowOperations !== undefined) return { ...slow, operation: prng.pick(profile.slowOperations) };
      return prng.chance(0.3) ? { ...slow, operation: prng.pick(["acquire", "extend", "heal", "release"]) } : slow;
    }
  }
}

function drawSides(prng: Prng, sizes: Sizes): Sides {
  const some = (count: number, probability: number): number[] =>
    Array.from({ length: count }, (_, index) => index).filter(() => prng.chance(probability));
  return { nodes: some(sizes.nodeCount, 0.4), peers: some(sizes.processCount, 0.6).map((index) => `p${index}`) };
}
