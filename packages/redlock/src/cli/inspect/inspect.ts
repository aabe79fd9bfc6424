/** `redlock inspect`: who holds a resource, once or again and again. */
import process from "node:process";
import { parseArgs } from "node:util";
import { openRawClient } from "../../node/ioredis/raw-client.ts";
import { Redlock } from "../../redlock.ts";
import type { Inspection } from "../../round/inspect.ts";
import { systemRuntime } from "../../runtime/system.ts";
import { usageError } from "../cli-error.ts";
import { readLine, type WaitingFor } from "../doctor/probe/probe-beside.ts";
import { exitCodes } from "../exit-codes.ts";
import { readDurationMs, showDuration } from "../settings/duration.ts";
import { commonOptions, nodeHelp, readSettings, redlockOptions, type Settings } from "../settings/settings.ts";
import type { Output } from "../terminal/output.ts";
import { painter } from "../terminal/paint.ts";
import { forgottenText, holdingText, timeOfDay, verdictLine } from "./holding-text.ts";
import { inspectJson, type InspectJson } from "./holding-view.ts";

/** Most TTLs are shorter; `inspect` is not told which one is in use. */
const usualTtlMs = 30_000;

const patience = { answerWithinMs: 1_000, allWithinMs: 2_000 };

export interface InspectOptions {
  readonly settings: Settings;
  readonly resource: string;
  readonly json: boolean;
  readonly watch: boolean;
  readonly everyMs: number;
  readonly showToken: boolean;
}

export const inspectHelp: string = `redlock inspect [options] RESOURCE

Shows who holds RESOURCE, as each node sees it: one caller, the readers who
share it, or who has which of its permits. Changes nothing.

  --watch                   look again and again: a live table on a terminal,
                            else a line per change
  --every DURATION          how often --watch looks (1s)
  --json                    one JSON object, to which later versions only add
                            fields; with --watch one per line and change
  --show-token              the whole token: who has it can release the lock
${nodeHelp}
  --key-prefix TEXT         put before RESOURCE to make its lock key

HIGHEST FENCE is the highest fencing token that a node remembers: the holder's,
or that of somebody who has tried since. WAITING counts the processes that
stand in the node's line; who waits with "fair: false" stands in none. How many
permits there are is kept nowhere: it is known only while somebody waits. Which
"redlock run" holds it, and where: redlock doctor RESOURCE --held-over 0.

Exit code: 0 when the nodes could tell, 69 when too few answered;
64 wrong usage.`;

/** `undefined`: the help was asked for. */
export function readInspectOptions(args: readonly string[], env: NodeJS.ProcessEnv): InspectOptions | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...commonOptions,
      json: { type: "boolean" },
      watch: { type: "boolean" },
      every: { type: "string" },
      "show-token": { type: "boolean" },
    },
  });
  if (values.help === true) return undefined;
  const [resource] = positionals;
  if (resource === undefined || positionals.length > 1) throw usageError("inspect needs one RESOURCE.");
  return {
    settings: readSettings(values, env),
    resource,
    json: values.json ?? false,
    watch: values.watch ?? false,
    everyMs: Math.max(100, readDurationMs("--every", values.every ?? "1s")),
    showToken: values["show-token"] ?? false,
  };
}

/** Resolves with the exit code; with `watch`, when SIGINT or SIGTERM has come. */
export async function inspect(options: InspectOptions, output: Output): Promise<number> {
  const { settings, resource, watch, showToken } = options;
  const redlock = Redlock.connect(settings.urls, redlockOptions(settings));
  // What is wrong with the nodes is doctor's subject.
  redlock.on("warning", () => {});
  const look = async (): Promise<InspectJson> => {
    const inspection = await redlock.inspect(resource);
    return inspectJson(inspection, await waitersIn(inspection, settings), showToken);
  };
  try {
    if (watch) return await watchOn(look, options, output);
    const view = await look();
    output.print(options.json ? JSON.stringify(view, undefined, 2) : show(view, options, output));
    return view.verdict === "unknown" ? exitCodes.unavailable : exitCodes.ok;
  } finally {
    await redlock.close();
  }
}

/** A look of its own, where anybody waits: it is for people alone. */
async function waitersIn({ resource, nodes }: Inspection, settings: Settings): Promise<WaitingFor[] | undefined> {
  const longest = Math.max(...nodes.map(({ waiterCount }) => waiterCount));
  if (longest === 0) return [];
  const client = openRawClient(settings.urls[nodes.findIndex(({ waiterCount }) => waiterCount === longest)]!, patience);
  try {
    await client.connect();
    return await readLine(client, settings.keyPrefix + resource);
  } catch {
    return undefined;
  } finally {
    client.close();
  }
}

async function watchOn(look: () => Promise<InspectJson>, options: InspectOptions, output: Output): Promise<number> {
  const stopped = new AbortController();
  const stop = (): void => stopped.abort();
  process.once("SIGINT", stop).once("SIGTERM", stop);
  let last = "";
  while (!stopped.signal.aborted) {
    const view = await look();
    if (output.isTerminal && !options.json) {
      const { wallMs } = systemRuntime.readClocks();
      const footer = `as of ${timeOfDay(wallMs)}, every ${showDuration(options.everyMs)}; Ctrl-C ends`;
      output.clear();
      output.print(`${show(view, options, output)}\n\n${footer}`);
    } else if (gist(view) !== last) {
      last = gist(view);
      output.print(options.json ? JSON.stringify(view) : oneLine(view));
    }
    await pause(options.everyMs, stopped.signal);
  }
  return exitCodes.ok;
}

function show(view: InspectJson, { settings }: InspectOptions, output: Output): string {
  const text = holdingText(view, systemRuntime.readClocks().wallMs, painter(output.hasColour), output.width);
  const ttl = settings.file.ttl;
  const longestMs = settings.restartGuardMs ?? (ttl === undefined ? usualTtlMs : readDurationMs("ttl", ttl));
  const forgotten = settings.durableNodes ? "" : forgottenText(view, longestMs, output.width);
  return forgotten === "" ? text : `${text}\n\n${forgotten}`;
}

function oneLine(view: InspectJson): string {
  const { wallMs } = systemRuntime.readClocks();
  return `${new Date(wallMs).toISOString()} ${verdictLine(view, wallMs, painter(false))}`;
}

/** What must differ to be worth another line: all but the time that runs. */
function gist(view: InspectJson): string {
  return JSON.stringify(view, (key, value: unknown) =>
    ["remainingMs", "memoryAgeMs", "detail"].includes(key) ? undefined : value,
  );
}

function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, delayMs);
    const end = (): void => {
      clearTimeout(timer);
      resolve();
    };
    signal.addEventListener("abort", end, { once: true });
  });
}
