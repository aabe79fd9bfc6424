#!/usr/bin/env node
/** The command `redlock`. */
import process from "node:process";
import { CliError } from "./cli-error.ts";
import { exitCodes } from "./exit-codes.ts";
import { doctor, doctorHelp, readDoctorOptions } from "./doctor/doctor.ts";
import { inspect, inspectHelp, readInspectOptions } from "./inspect/inspect.ts";
import { readReleaseOptions, releaseHelp } from "./release/release-options.ts";
import { release } from "./release/release.ts";
import { readRunOptions, runHelp } from "./run/run-options.ts";
import { run } from "./run/run.ts";
import { installedIoredis } from "../node/ioredis/connect.ts";
import { hintAtNodes, type Settings } from "./settings/settings.ts";
import { openOutput, type Output } from "./terminal/output.ts";

const help = `redlock COMMAND [options]

  run       run a command while holding a lock
  inspect   who holds a resource, as each node sees it
  doctor    whether the nodes are what a lock needs
  release   end somebody's lock

redlock COMMAND --help says more.`;

const { output, hide } = openOutput(process.env);

async function main([name, ...args]: readonly string[]): Promise<number> {
  switch (name) {
    case "run":
      return execute(readRunOptions(args, process.env), runHelp, run);
    case "inspect":
      return execute(readInspectOptions(args, process.env), inspectHelp, inspect);
    case "doctor":
      return execute(readDoctorOptions(args, process.env), doctorHelp, doctor);
    case "release":
      return execute(readReleaseOptions(args, process.env), releaseHelp, release);
    case "--help":
    case "-h":
    case "help":
      return tell(help);
    case undefined:
      throw new CliError(`a COMMAND is missing.\n\n${help}`, exitCodes.usage);
    default:
      throw new CliError(`there is no command ${JSON.stringify(name)}; see redlock --help.`, exitCodes.usage);
  }
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
  const exitCode = await command(options, output);
  const hint = hintAtNodes(options.settings, exitCode);
  if (hint !== undefined) output.note(hint);
  return exitCode;
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
  output.print(text);
  return exitCodes.ok;
}

/** What to say, and how to end; a stack trace only where nobody has thought of the error. */
function explain(error: unknown, command: string | undefined): readonly [text: string, exitCode: number] {
  if (error instanceof CliError) return [error.message, error.exitCode];
  const { code, message, stack } = error as NodeJS.ErrnoException;
  // parseArgs goes on about where a "--" could stand, which has a meaning of its own here.
  if (code?.startsWith("ERR_PARSE_ARGS") === true) {
    return [`${message.split(/\.\s|\n/)[0]}; see redlock ${command} --help.`, exitCodes.usage];
  }
  if (error instanceof RangeError && code === undefined) return [message, exitCodes.usage];
  return [stack ?? String(error), 1];
}

const commandLine = process.argv.slice(2);
try {
  process.exitCode = await main(commandLine);
} catch (error) {
  const [text, exitCode] = explain(error, commandLine[0]);
  output.note(text);
  process.exitCode = exitCode;
}
// A client's timer may outlive its connection to a hung node; whoever called us is not to wait for that.
process.stdout.write("", () => process.exit());
