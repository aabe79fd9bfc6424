/** What the nodes' users may not do, of what the lock does. */
import type { FleetFacts, NodeFacts } from "../facts.ts";
import { quote } from "../../../errors/quote.ts";
import { toNode, type Finding, type Severity } from "../finding.ts";

interface Consequence {
  readonly severity: Severity;
  readonly effect: string;
  readonly grant: string;
}

/** What is not named here is needed for every lock. */
const consequences: Readonly<Record<string, Consequence>> = {
  INFO: {
    severity: "warning",
    effect:
      "the restart guard cannot know when it was started: after a crash without full persistence it lets a second " +
      "holder in. Nor can doctor see its role, memory and persistence",
    grant: "+info",
  },
  PUBLISH: {
    severity: "warning",
    effect: "releases are not announced: waiters sleep until their back-off",
    grant: "+publish",
  },
  SUBSCRIBE: {
    severity: "warning",
    effect: "waiters do not hear of releases, and sleep until their back-off",
    grant: "+subscribe +unsubscribe",
  },
  channels: {
    severity: "warning",
    effect: "waiters do not hear of releases, and sleep until their back-off",
    grant: "&*:released*",
  },
  keys: { severity: "error", effect: "no lock can be taken on these keys", grant: "" },
};

export function checkRights({ nodes, keyPrefix }: FleetFacts): Finding[] {
  const byRight = new Map<string, NodeFacts[]>();
  for (const facts of nodes) {
    for (const { what } of facts.missingRights) byRight.set(what, [...(byRight.get(what) ?? []), facts]);
  }
  return [...byRight].map(([what, lacking]) => {
    const answer = lacking[0]!.missingRights.find((right) => right.what === what)!.answer;
    const needed = {
      severity: "error",
      effect: "no lock can be taken on it",
      grant: `+${what.toLowerCase()}`,
    } as const;
    const { severity, effect, grant } = consequences[what] ?? needed;
    const keys = keyPrefix === "" ? ["~*"] : [`~${keyPrefix}*`, `~{${keyPrefix}*`];
    const grants = what === "keys" ? keys : grant.split(" ");
    return {
      severity,
      code: "MISSING_RIGHT",
      nodes: lacking.map(({ node }) => node),
      problem: `Its user lacks the right to ${what} (${answer.trim()}): ${effect}.`,
      remedy:
        what === "keys"
          ? 'Allow it, and in the ACL file: lock keys, and the keys beside each that begin with "{name}:".'
          : "Allow it, and in the ACL file (where a command was renamed: give it its name back).",
      commands: lacking.map((facts) =>
        toNode(facts, ["ACL", "SETUSER", facts.user, ...grants].map((word) => quote(word)).join(" ")),
      ),
    };
  });
}
