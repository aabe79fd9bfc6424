/** `redlock doctor`: whether the nodes are what a lock needs. */
import { parseArgs } from "node:util";
import { quorumOf } from "../../core/quorum.ts";
import { systemRuntime } from "../../runtime/system.ts";
import { exitCodes } from "../exit-codes.ts";
import { readDurationMs } from "../settings/duration.ts";
import { nodeAddress } from "../settings/node-url.ts";
import { commonOptions, nodeHelp, readSettings, type Settings } from "../settings/settings.ts";
import type { Output } from "../terminal/output.ts";
import { painter } from "../terminal/paint.ts";
import { summariseGuard } from "./checks/guard.ts";
import { diagnose } from "./diagnosis.ts";
import type { FleetFacts } from "./facts.ts";
import type { Finding } from "./finding.ts";
import { probeNode } from "./probe/probe-node.ts";
import { doctorJson, doctorText } from "./report.ts";

export interface DoctorOptions {
  readonly settings: Settings;
  readonly resources: readonly string[];
  /** `undefined`: not given. */
  readonly ttlMs: number | undefined;
  readonly heldOverMs: number;
  readonly json: boolean;
}

export const doctorHelp: string = `redlock doctor [options] [RESOURCE...]

Looks at every node: whether it answers, what a crash would make it forget,
whether it may drop locks, its clock, the rights of its user, whether two nodes
are one server. Says of each thing found what could go wrong, and the remedy.
Changes nothing on the nodes, and answers within 5 s whatever they do. Lines
that begin with redis-cli or npx can be pasted as they stand; where a node wants
a password, redis-cli takes it from REDISCLI_AUTH.

  RESOURCE...               look at these locks, and check the user's rights on
                            their keys; else at all that a bounded scan finds
  --ttl DURATION            the TTL that your locks use; without it doctor says
                            what is so for every TTL
  --held-over DURATION      report locks held longer than that (10m)
  --durable-nodes           you assert that every node syncs every write:
                            doctor checks it
  --restart-guard DURATION  the longest TTL that anybody uses (the TTL)
  --json                    one JSON object; later versions only add fields
${nodeHelp}
  --key-prefix TEXT         what your locks' keys begin with

Exit code: 0 nothing but notices, 1 warnings, 2 errors; 64 wrong usage.`;

/** `undefined`: the help was asked for. */
export function readDoctorOptions(args: readonly string[], env: NodeJS.ProcessEnv): DoctorOptions | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...commonOptions,
      ttl: { type: "string" },
      "held-over": { type: "string" },
      json: { type: "boolean" },
    },
  });
  if (values.help === true) return undefined;
  const settings = readSettings(values, env);
  const ttl = values.ttl ?? settings.file.ttl;
  return {
    settings,
    resources: positionals,
    ttlMs: ttl === undefined ? undefined : readDurationMs("--ttl", ttl),
    heldOverMs: readDurationMs("--held-over", values["held-over"] ?? "10m"),
    json: values.json ?? false,
  };
}

export async function doctor(options: DoctorOptions, output: Output): Promise<number> {
  const fleet = await examine(options);
  const findings = diagnose(fleet);
  const guard = summariseGuard(fleet);
  if (options.json) {
    output.print(JSON.stringify(doctorJson(fleet, findings, guard), undefined, 2));
  } else {
    output.print(
      `${fleet.nodes.length} ${fleet.nodes.length === 1 ? "node" : "nodes"} (from ${options.settings.source}), quorum ${fleet.quorum}\n`,
    );
    output.print(doctorText(fleet, findings, guard, painter(output.hasColour), output.width));
  }
  return exitCodeFor(findings);
}

async function examine({ settings, resources, ttlMs, heldOverMs }: DoctorOptions): Promise<FleetFacts> {
  const { urls, keyPrefix, durableNodes, restartGuardMs } = settings;
  const keys = resources.map((resource) => keyPrefix + resource);
  return {
    nodes: await Promise.all(urls.map((url) => probeNode(url, keyPrefix, keys))),
    quorum: quorumOf(urls.length),
    ttlMs,
    keyPrefix,
    guardMs: durableNodes ? 0 : (restartGuardMs ?? ttlMs),
    durableNodes,
    nodesArgument: urls.map(nodeAddress).join(","),
    heldOverMs,
    nowMs: systemRuntime.readClocks().wallMs,
  };
}

function exitCodeFor(findings: readonly Finding[]): number {
  if (findings.some(({ severity }) => severity === "error")) return exitCodes.errors;
  return findings.some(({ severity }) => severity === "warning") ? exitCodes.warnings : exitCodes.ok;
}
