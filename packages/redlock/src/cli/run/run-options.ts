/** The command line of `redlock run`. */
import { parseArgs } from "node:util";
import type { AcquireOptions } from "../../options/options.ts";
import { MOST_PERMITS } from "../../options/rows.ts";
import { usageError } from "../cli-error.ts";
import { exitCodes } from "../exit-codes.ts";
import { readDurationMs } from "../settings/duration.ts";
import { commonOptions, nodeHelp, readSettings, type Settings } from "../settings/settings.ts";

export interface RunOptions {
  readonly settings: Settings;
  readonly resources: readonly string[];
  /** The program and its arguments. */
  readonly command: readonly string[];
  readonly ttlMs: number;
  readonly waitMs: number;
  readonly graceMs: number;
  /** With other readers; permits: how many of how many, of one resource. */
  readonly beside: Pick<AcquireOptions, "shared" | "permits" | "weight">;
  /** How long after the acquire the resources stay locked at least. */
  readonly minHoldMs: number;
  /** `undefined`: this host and process. */
  readonly label: string | undefined;
  /** The exit code for "held by someone else". */
  readonly heldExitCode: number;
}

export const runHelp: string = `redlock run [options] RESOURCE... -- COMMAND [ARGUMENT...]

Runs COMMAND while it holds the lock on all RESOURCEs. No shell is put between.

  --ttl DURATION            what the nodes are told; extended at a third of it
                            while COMMAND runs (30s)
  --wait DURATION           how long to wait for the lock, or "forever" (10s)
  --no-wait                 one try
  --grace DURATION          from SIGTERM to SIGKILL when the lock is lost (5s)
  --min-hold DURATION       stay locked for so long at least, also when COMMAND
                            is done sooner: what two machines start a moment
                            apart runs once (0)
  --shared                  as a reader: beside others who share them, and never
                            beside one who does not
  --permits K               as one of K at most who run at once; of one RESOURCE
  --weight W                with --permits: take W of the K, all or none (1)
  --label TEXT              who holds it, for others to see; no secrets
                            (<host>:<pid>)
  -E CODE                   exit code when somebody else holds the lock (75)
${nodeHelp}
  --key-prefix TEXT         put before every RESOURCE to make its lock key
  --restart-guard DURATION  the longest TTL that anybody uses on these
                            resources (the TTL)
  --durable-nodes           every node syncs every write: no restart guard

COMMAND gets REDLOCK_RESOURCE (one per line), REDLOCK_TOKEN,
REDLOCK_FENCING_TOKEN, and REDLOCK_VALID_UNTIL: the end of the lock's validity
when COMMAND starts, which each extension moves on. With --permits also
REDLOCK_PERMITS: its numbers from 0, as "3" or "0,4", which nobody else has
meanwhile.

When the lock is lost, SIGTERM is sent to COMMAND and all it has started, and
SIGKILL after the grace. The loss is told early enough for both to happen
before anybody else can hold the lock: the grace plus 250 ms before the end of
validity. At most half of the TTL can be used so, and a longer grace is cut: for
a grace of 5 s use a TTL of 10.5 s or more. Where a majority of the nodes has
lost the lock's keys (somebody deleted them), there is no "before": SIGTERM is
sent at the next extension, SIGKILL after the grace.

COMMAND runs in a process group and session of its own: Ctrl-C and other
signals reach it through redlock, Ctrl-Z is not passed on, and a program that
opens /dev/tty (an editor, a password prompt) does not work. What COMMAND leaves
in the background runs on without the lock. When redlock itself is killed,
COMMAND is ended.

Exit code: COMMAND's own, or 128 + signal; 75 held by someone else; 69 no
quorum of nodes; 70 the lock was lost; 64 wrong usage; 78 wrong configuration;
126 COMMAND cannot be executed, 127 it is not there.`;

/** `undefined`: the help was asked for. */
export function readRunOptions(args: readonly string[], env: NodeJS.ProcessEnv): RunOptions | undefined {
  const end = args.indexOf("--");
  const { values, positionals } = parseArgs({
    args: end < 0 ? [...args] : args.slice(0, end),
    allowPositionals: true,
    options: {
      ...commonOptions,
      ttl: { type: "string" },
      wait: { type: "string" },
      "no-wait": { type: "boolean" },
      grace: { type: "string" },
      label: { type: "string" },
      "min-hold": { type: "string" },
      shared: { type: "boolean" },
      permits: { type: "string" },
      weight: { type: "string" },
      "held-exit-code": { type: "string", short: "E" },
    },
  });
  if (values.help === true) return undefined;
  const command = end < 0 ? [] : args.slice(end + 1);
  if (positionals.length === 0) throw usageError("run needs a RESOURCE: redlock run RESOURCE -- COMMAND.");
  if (command.length === 0 || command[0] === "") {
    throw usageError('run needs a COMMAND behind "--": redlock run RESOURCE -- COMMAND.');
  }
  if (values.wait !== undefined && values["no-wait"] === true)
    throw usageError("--wait and --no-wait exclude each other.");
  const settings = readSettings(values, env);
  const { file } = settings;
  return {
    settings,
    resources: positionals,
    command,
    ttlMs: readTtlMs(values.ttl ?? file.ttl ?? "30s"),
    waitMs: values["no-wait"] === true ? 0 : readWaitMs(values.wait ?? file.wait ?? "10s"),
    graceMs: readDurationMs("--grace", values.grace ?? file.grace ?? "5s"),
    beside: readBeside(values, positionals),
    minHoldMs: values["min-hold"] === undefined ? 0 : readDurationMs("--min-hold", values["min-hold"]),
    label: values.label,
    heldExitCode: readExitCode(values["held-exit-code"]),
  };
}

/** Shorter than that, a slow moment of this machine would lose the lock. */
const shortestTtlMs = 100;

function readTtlMs(text: string): number {
  const ttlMs = readDurationMs("--ttl", text);
  if (ttlMs < shortestTtlMs) throw usageError(`--ttl must be at least ${shortestTtlMs} ms, got ${text}.`);
  return ttlMs;
}

interface BesideValues {
  readonly shared?: boolean;
  readonly permits?: string;
  readonly weight?: string;
}

function readBeside({ shared, permits, weight }: BesideValues, resources: readonly string[]): RunOptions["beside"] {
  if (permits === undefined) {
    if (weight !== undefined) throw usageError("--weight is how many of the permits: say --permits too.");
    return shared === true ? { shared } : {};
  }
  if (shared === true) throw usageError("--shared and --permits exclude each other.");
  if (resources.length > 1) throw usageError(`--permits is for one RESOURCE, got ${resources.length}.`);
  const count = readCount("--permits", permits, MOST_PERMITS);
  return { permits: count, ...(weight !== undefined && { weight: readCount("--weight", weight, count) }) };
}

function readCount(name: string, text: string, max: number): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > max) {
    throw usageError(`${name} must be an integer from 1 to ${max}, got ${text}.`);
  }
  return count;
}

function readWaitMs(text: string): number {
  return text === "forever" ? Infinity : readDurationMs("--wait", text);
}

function readExitCode(text: string | undefined): number {
  if (text === undefined) return exitCodes.held;
  const code = Number(text);
  if (!/^\d{1,3}$/.test(text) || code > 255) throw usageError(`-E must be an exit code from 0 to 255, got ${text}.`);
  return code;
}
