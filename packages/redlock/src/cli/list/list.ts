/** `redlock list`: what is held and waited for on these nodes, once or again and again. */
import process from "node:process";
import { parseArgs } from "node:util";
import { quorumOf } from "../../core/quorum.ts";
import { systemRuntime } from "../../runtime/system.ts";
import { usageError } from "../cli-error.ts";
import { exitCodes } from "../exit-codes.ts";
import { readDurationMs } from "../settings/duration.ts";
import { commonOptions, nodeHelp, readSettings, type Settings } from "../settings/settings.ts";
import type { Output } from "../terminal/output.ts";
import { painter } from "../terminal/paint.ts";
import { changesBetween } from "./changes.ts";
import { listText } from "./list-text.ts";
import { survey, type Survey } from "./survey.ts";

export interface ListOptions {
  readonly settings: Settings;
  readonly json: boolean;
  readonly isWatch: boolean;
  readonly everyMs: number;
}

export const listHelp: string = `redlock list [options]

Shows what is held on these nodes, by whom, and how many wait for it: what a
quorum holds, and what only some nodes know. Readers, and who has which permits,
have a row each. Changes nothing. Looks at 20 000 keys a node at most, by SCAN,
and says where there are more.

  --json                    one JSON object; later versions only add fields
${nodeHelp}
  --key-prefix TEXT         only locks whose keys begin with it

Exit code: 0, or 69 when too few nodes answered; 64 wrong usage.`;

export const watchHelp: string = `redlock watch [options]

A live view of these nodes: which answer, what is held, by whom, until when,
and how many wait. Below it what happened last: taken, handed on, released,
ended by its TTL, nodes that went and came. Where stdout is no terminal: one
line for each of these.

  --every DURATION          how often it looks (1s)
${nodeHelp}
  --key-prefix TEXT         only locks whose keys begin with it

Ctrl-C ends it. Exit code: 0; 64 wrong usage.`;

/** `undefined`: the help was asked for. */
export function readListOptions(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  isWatch: boolean,
): ListOptions | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { ...commonOptions, json: { type: "boolean" }, every: { type: "string" } },
  });
  if (values.help === true) return undefined;
  if (positionals.length > 0) throw usageError("it takes no RESOURCE; for one: redlock inspect RESOURCE.");
  return {
    settings: readSettings(values, env),
    json: values.json ?? false,
    isWatch,
    everyMs: Math.max(200, readDurationMs("--every", values.every ?? "1s")),
  };
}

export async function list(options: ListOptions, output: Output): Promise<number> {
  if (options.isWatch) return watch(options, output);
  const seen = await look(options);
  output.print(
    options.json
      ? JSON.stringify({ version: 1, ...seen }, undefined, 2)
      : listText(seen, painter(output.hasColour), output.width),
  );
  return exitCodeOf(seen);
}

function look({ settings }: ListOptions): Promise<Survey> {
  return survey(settings.urls, settings.keyPrefix);
}

function exitCodeOf({ nodes }: Survey): number {
  const answeredCount = nodes.filter(({ failure }) => failure === null).length;
  return answeredCount >= quorumOf(nodes.length) ? exitCodes.ok : exitCodes.unavailable;
}

const mostChanges = 12;

async function watch(options: ListOptions, output: Output): Promise<number> {
  const stopped = new AbortController();
  const stop = (): void => stopped.abort();
  process.once("SIGINT", stop).once("SIGTERM", stop);
  const paint = painter(output.hasColour);
  const recent: string[] = [];
  for (let last: Survey | undefined; !stopped.signal.aborted;) {
    const seen = await look(options);
    const time = new Date(systemRuntime.readClocks().wallMs).toISOString();
    const changes = changesBetween(last, seen);
    last = seen;
    if (output.isTerminal) {
      recent.push(...changes.map((change) => `${time.slice(11, 19)}  ${change}`));
      recent.splice(0, recent.length - mostChanges);
      const text = [listText(seen, paint, output.width), "", ...recent, "", paint("dim", "Ctrl-C ends")].join("\n");
      output.clear();
      output.print(text);
    } else for (const change of changes) output.print(`${time} ${change}`);
    await pause(options.everyMs, stopped.signal);
  }
  return exitCodes.ok;
}

function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    const timer = setTimeout(resolve, delayMs);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
