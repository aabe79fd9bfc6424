/** Whether enough nodes can be asked, and soon enough. */
import { causeOf } from "../../../errors/causes.ts";
import { defaultNodeTimeoutMs } from "../../../options/rows.ts";
import { showDuration } from "../../settings/duration.ts";
import { infoNumber, type FleetFacts, type NodeFacts } from "../facts.ts";
import { about, sentence, type Finding } from "../finding.ts";

export function checkReach(fleet: FleetFacts): Finding[] {
  return [...unreachable(fleet), ...count(fleet), ...slow(fleet), ...connections(fleet)];
}

function unreachable({ nodes, quorum }: FleetFacts): Finding[] {
  const failed = nodes.filter(({ failure }) => failure !== undefined);
  const answeredCount = nodes.length - failed.length;
  const spareCount = answeredCount - quorum;
  const effect =
    spareCount < 0
      ? `only ${answeredCount} of ${nodes.length} nodes answer and ${quorum} must: no lock can be taken`
      : spareCount === 0
        ? "if one more node fails, no lock can be taken"
        : `${spareCount} more may fail before no lock can be taken`;
  const reasons = new Set(failed.map(reasonOf));
  return [...reasons].flatMap((reason) =>
    about(failed, (facts) => reasonOf(facts) === reason, {
      severity: spareCount < 0 ? "error" : "warning",
      code: "UNREACHABLE",
      problem: `Cannot be asked (${reason}); ${effect}.`,
      remedy: remedyFor(reason),
    }),
  );
}

/** Without the address that "connect ECONNREFUSED 127.0.0.1:6379" ends in: nodes away for one reason are one finding. */
function reasonOf({ failure = "" }: NodeFacts): string {
  return failure.replace(/ \S+:\d+$/, "");
}

function remedyFor(failure: string): string {
  const cause = causeOf(failure);
  if (cause !== undefined) return sentence(cause.remedy);
  if (/no answer to|too slow/.test(failure)) {
    return "It is connected and silent: see whether its process stands still (kill -CONT), or is busy (SLOWLOG), or its host is.";
  }
  return "See that the server runs, and that nothing in between (a firewall, a wrong route) swallows what is sent.";
}

function count({ nodes }: FleetFacts): Finding[] {
  const { length } = nodes;
  if (length === 1) {
    return [
      {
        severity: "warning",
        code: "SINGLE_NODE",
        nodes: [],
        problem: "One node survives no failure: while it is away no lock can be taken.",
        remedy: "Use 3 nodes, or 5, on machines of their own.",
      },
    ];
  }
  if (length % 2 === 1) return [];
  return [
    {
      severity: "warning",
      code: "EVEN_NODE_COUNT",
      nodes: [],
      problem: `${length} nodes survive no more failures than ${length - 1} do, and are more likely to have one.`,
      remedy: `Use ${length - 1} or ${length + 1} nodes.`,
    },
  ];
}

/** A vote is waited for by default 5 % of the TTL, from 50 ms to a second. */
const leastPatienceMs = 50;

function slow({ nodes, ttlMs }: FleetFacts): Finding[] {
  const tripOf = ({ roundTripMs }: NodeFacts): number => roundTripMs ?? 0;
  const remedy = "Bring the nodes nearer, find out what keeps them busy (SLOWLOG), or use a longer TTL.";
  if (ttlMs === undefined) {
    const longestMs = Math.max(0, ...nodes.map(tripOf).filter(Number.isFinite));
    return about(nodes, (facts) => tripOf(facts) > leastPatienceMs, {
      severity: "warning",
      code: "SLOW",
      problem:
        `A round trip takes up to ${showDuration(longestMs)}: locks with a TTL under ${showDuration(longestMs * 20)} do not ` +
        "wait so long for a vote, unless nodeTimeoutMs says so.",
      remedy,
    });
  }
  const nodeTimeoutMs = defaultNodeTimeoutMs(ttlMs);
  const limits = `a round waits ${showDuration(nodeTimeoutMs)} for a vote (with a TTL of ${showDuration(ttlMs)})`;
  return [
    ...about(nodes, (facts) => tripOf(facts) > nodeTimeoutMs, {
      severity: "error",
      code: "TOO_SLOW",
      problem: `A round trip takes longer than it may: ${limits}. Its votes come too late.`,
      remedy,
    }),
    ...about(nodes, (facts) => tripOf(facts) <= nodeTimeoutMs && tripOf(facts) > nodeTimeoutMs / 4, {
      severity: "warning",
      code: "SLOW",
      problem: `A round trip takes more than a quarter of what there is: ${limits}.`,
      remedy,
    }),
  ];
}

function connections({ nodes }: FleetFacts): Finding[] {
  const isFull = (facts: NodeFacts): boolean => {
    const limit = Number(facts.config?.get("maxclients") ?? infoNumber(facts, "maxclients") ?? Infinity);
    return (infoNumber(facts, "connected_clients") ?? 0) > limit * 0.9;
  };
  return [
    ...about(nodes, isFull, {
      severity: "warning",
      code: "FEW_CONNECTIONS_LEFT",
      problem: "More than 90 % of maxclients are connected: soon nobody can connect, and so nobody can lock.",
      remedy: "Raise maxclients, or find out who leaks connections (CLIENT LIST).",
    }),
    ...about(nodes, ({ config }) => Number(config?.get("timeout") ?? 0) > 0, {
      severity: "notice",
      code: "IDLE_TIMEOUT",
      problem: "It closes idle connections (timeout): each costs a reconnect before the next lock.",
      remedy: "Leave dead connections to tcp-keepalive.",
      redisCommand: "CONFIG SET timeout 0",
    }),
  ];
}
