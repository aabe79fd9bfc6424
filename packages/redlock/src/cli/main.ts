#!/usr/bin/env node
/** The command `redlock`. */
import process from "node:process";
import { CliError, usageError } from "./cli-error.ts";
import { composeHelp, composeText } from "./compose/compose.ts";
import { exitCodes } from "./exit-codes.ts";
import { doctor, doctorHelp, readDoctorOptions } from "./doctor/doctor.ts";
import { inspect, inspectHelp, readInspectOptions } from "./inspect/inspect.ts";
import { list, listHelp, readListOptions, watchHelp } from "./list/list.ts";
import { readReleaseOptions, releaseHelp } from "./release/release-options.ts";
import { release } from "./release/release.ts";
import { readRunOptions, runHelp } from "./run/run-options.ts";
import { run } from "./run/run.ts";
import { installedIoredis } from "../node/ioredis/connect.ts";
import { nearestOf } from "../options/nearest.ts";
import { packageVersion } from "./package-version.ts";
import { hintAtNodes, type Settings } from "./settings/settings.ts";
import { openOutput, type Output } from "./terminal/output.ts";

const help = `redlock COMMAND [options]

  run       run a command while holding a lock
  inspect   who holds a resource, as each node sees it
  doctor    whether the nodes are what a lock needs
  list      what is held on the nodes, by whom, and who waits
  watch     the same as a live view, with what happened last
  release   end somebody's lock
  compose   print a docker-compose.yml with five nodes to try it on

redlock COMMAND --help says more; redlock --version says which this is.`;

const { output, hide } = openOutput(process.env);

interface Command {
  readonly help: string;
  run(args: readonly string[]): Promise<number>;
}

const commands: Readonly<Record<string, Command>> = {
  run: { help: runHelp, run: (args) => execute(readRunOptions(args, process.env), runHelp, run) },
  inspect: { help: inspectHelp, run: (args) => execute(readInspectOptions(args, process.env), inspectHelp, inspect) },
  doctor: { help: doctorHelp, run: (args) => execute(readDoctorOptions(args, process.env), doctorHelp, doctor) },
  list: { help: listHelp, run: (args) => execute(readListOptions(args, process.env, false), listHelp, list) },
  watch: { help: watchHelp, run: (args) => execute(readListOptions(args, process.env, true), watchHelp, list) },
  release: { help: releaseHelp, run: (args) => execute(readReleaseOptions(args, process.env), releaseHelp, release) },
  compose: {
    help: composeHelp,
    run: (args) => Promise.resolve(tell(/^(?:-h|--help)$/.test(args[0] ?? "") ? composeHelp : composeText)),
  },
};

async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined) throw usageError(`a COMMAND is missing.\n\n${help}`);
  if (["--help", "-h", "help"].includes(name)) return tell(commands[args[0] ?? ""]?.help ?? help);
  if (["--version", "-v", "-V", "version"].includes(name)) return tell(packageVersion());
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command !== undefined) return command.run(args);
  const nearest = nearestOf(name, Object.keys(commands));
  const guess = nearest === undefined ? "" : `; did you mean ${nearest}?`;
  throw usageError(`there is no command ${JSON.stringify(name)}${guess || "; see redlock --help."}`);
}

/** Without options the help was asked for. */
async function execute<Options extends { readonly settings: Settings }>(
  options: Options | undefined,
  helpText: string,
  command: (options: Options, output: Output) => Promise<number>,
): Promise<number> {
  if (options === undefined) return tell(helpText);
  hide(options.settings.secrets);
  requireIoredis();
  const hint = hintAtNodes(options.settings);
  if (hint !== undefined) output.note(hint);
  return command(options, output);
}

/** It comes with no client, since an app's own will do; the command line has no app. */
function requireIoredis(): void {
  try {
    installedIoredis();
  } catch {
    throw new CliError("the package ioredis must be there too: npm install ioredis", exitCodes.configuration);
  }
}

function tell(text: string): number {
  output.print(text.trimEnd());
  return exitCodes.ok;
}

/** What to say, and how to end; a stack trace only for an error that is not expected. */
function explain(error: unknown, command: string | undefined): readonly [text: string, exitCode: number] {
  if (error instanceof CliError) return [error.message, error.exitCode];
  const { code, message, stack } = error as NodeJS.ErrnoException;
  // parseArgs goes on about where a "--" could stand, which has a meaning of its own here.
  if (code?.startsWith("ERR_PARSE_ARGS") === true) {
    return [`${message.split(/\.\s|\n/)[0]}${meantOption(message, command)}`, exitCodes.usage];
  }
  if (error instanceof RangeError && code === undefined) return [message, exitCodes.usage];
  return [stack ?? String(error), 1];
}

/** The options of a command are those that its help names. */
function meantOption(message: string, command = ""): string {
  const unknown = /Unknown option '(--?[^']+)'/.exec(message)?.[1];
  const known = commands[command]?.help.match(/--?[a-zA-Z][a-z-]*/g) ?? [];
  const nearest = unknown === undefined ? undefined : nearestOf(unknown, known);
  return nearest === undefined ? `; see redlock ${command} --help.` : `; did you mean ${nearest}?`;
}

const commandLine = process.argv.slice(2);
try {
  process.exitCode = await main(commandLine);
} catch (error) {
  const [text, exitCode] = explain(error, commandLine[0]);
  output.noteLines(text);
  process.exitCode = exitCode;
}
// A client's timer may outlive its connection to a hung node; the program that called us must not wait for that.
process.stdout.write("", () => process.exit());
