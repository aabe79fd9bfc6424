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
import type { Settings } from "./settings/settings.ts";
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
      output.note(help);
      return exitCodes.usage;
    default:
      throw new CliError(`there is no command ${JSON.stringify(name)}; see redlock --help.`, exitCodes.usage);
  }
}

/** Without options the help was asked for. */
function execute<Options extends { readonly settings: Settings }>(
  options: Options | undefined,
  helpText: string,
  command: (options: Options, output: Output) => Promise<number>,
): number | Promise<number> {
  if (options === undefined) return tell(helpText);
  hide(options.settings.secrets);
  return command(options, output);
}

function tell(text: string): number {
  output.print(text);
  return exitCodes.ok;
}

/** parseArgs and the checks of options throw plain errors with a message for people. */
function isUsage(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown };
  if (typeof code === "string") return code.startsWith("ERR_PARSE_ARGS");
  return error instanceof RangeError;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const isKnown = error instanceof CliError || isUsage(error);
  output.note(isKnown ? (error as Error).message : String((error as Error).stack));
  process.exitCode = error instanceof CliError ? error.exitCode : isUsage(error) ? exitCodes.usage : 1;
}
// A client's timer may outlive its connection to a hung node; whoever called us is not to wait for that.
process.stdout.write("", () => process.exit());
