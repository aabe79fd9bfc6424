/** What ends a command with a message for people and an exit code, without a stack trace. */
import { exitCodes } from "./exit-codes.ts";

export class CliError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The command line itself is wrong. */
export function usageError(message: string): CliError {
  return new CliError(message, exitCodes.usage);
}
