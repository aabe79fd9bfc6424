/** A simulated run, as a report tells it. */
import { inWords } from "../rule/in-words.ts";
import type { Fault, PlannedFault } from "../sim/plan.ts";
import type { NodeAnswer } from "../sim/answers.ts";
import type { Outcome } from "../sim/world.ts";
import type { Story, Trouble, VoteMark } from "./story.ts";

/** For `renderHtml` and `renderTimeline`. There are votes in it where the run was told to `traceAnswers`. */
export function storyOfRun({ plan, history, answers, violations, simulatedMs }: Outcome): Story {
  return {
    title: `seed ${plan.seed}, profile "${plan.profile}"`,
    nodeCount: plan.nodes.length,
    processes: plan.processes.map((_, index) => `p${index}`),
    history,
    troubles: plan.faults.map(troubleOf),
    votes: answers.map(voteOf),
    breaches: violations.map(({ atMs, oracle, detail }) => ({ atMs, promise: oracle, detail })),
    fromMs: 0,
    toMs: simulatedMs,
  };
}

const OUTAGES: readonly Fault["kind"][] = ["kill node", "stop node", "kill process", "stop process", "suspend process"];

function troubleOf({ atMs, durationMs, fault }: PlannedFault): Trouble {
  const { kind, ...details } = fault;
  return {
    fromMs: atMs,
    toMs: atMs + durationMs,
    text: inWords(kind, details),
    isOutage: OUTAGES.includes(kind),
    nodes: "node" in fault ? [fault.node] : "nodes" in fault ? fault.nodes : [],
    processes: "process" in fault ? [`p${fault.process}`] : "peers" in fault ? fault.peers : [],
  };
}

function voteOf({ atMs, node, process, operation, answer }: NodeAnswer): VoteMark {
  const token = "token" in operation ? ` ${operation.token.slice(0, 6)}` : "";
  const asked = `${process} ${operation.kind} ${operation.keys.join("+")}${token}`;
  return {
    atMs,
    node,
    operation: operation.kind,
    isGranted: typeof answer === "number",
    text: `${asked} -> ${JSON.stringify(answer)}`,
  };
}
