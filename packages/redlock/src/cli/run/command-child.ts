/**
 * The command that runs under the lock, in a process group of its own: so that what a shell script has started ends
 * with it. The price: it has no controlling terminal, so Ctrl-C reaches it through us, and a program that insists on
 * /dev/tty (a password prompt, an editor) does not work. Sharing our group instead would mean that ending the group
 * ends us, and whatever else stands in the same shell pipeline.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { constants } from "node:os";
import process from "node:process";
import { CliError } from "../cli-error.ts";
import { exitCodes } from "../exit-codes.ts";

/** How the command ended, as a shell would tell it. */
export interface Ending {
  readonly exitCode: number;
}

/** Windows has no process groups: there only the command itself is ended. */
const hasGroups = process.platform !== "win32";

export class CommandChild {
  readonly #child: ChildProcess;
  /** Rejects with a `CliError` of exit code 126 or 127 when it cannot be executed. */
  readonly started: Promise<void>;
  /** Resolves when the command itself has ended, whatever it has left behind. */
  readonly ended: Promise<Ending>;

  /** Starts it; no shell in between. */
  constructor(command: readonly string[], env: NodeJS.ProcessEnv) {
    const [file, ...args] = command as [string, ...string[]];
    const child = spawn(file, args, { stdio: "inherit", detached: hasGroups, env });
    this.#child = child;
    this.started = new Promise((resolve, reject) => {
      child.once("spawn", () => resolve());
      child.once("error", (error: NodeJS.ErrnoException) => reject(cannotExecute(file, error)));
    });
    this.ended = new Promise((resolve) => {
      child.once("exit", (code, signal) => {
        resolve({ exitCode: code ?? exitCodes.signalled + constants.signals[signal!] });
      });
    });
  }

  /** The process group's number, which is the command's own process number; `undefined` when it did not start. */
  get groupId(): number | undefined {
    return this.#child.pid;
  }

  /** To the whole group. Returns whether anybody of it is left. */
  signal(signal: NodeJS.Signals | 0): boolean {
    const { groupId } = this;
    if (groupId === undefined) return false;
    try {
      return process.kill(hasGroups ? -groupId : groupId, signal);
    } catch {
      return false;
    }
  }
}

function cannotExecute(file: string, error: NodeJS.ErrnoException): CliError {
  const isMissing = error.code === "ENOENT";
  const why = isMissing ? "command not found" : (error.code ?? error.message);
  return new CliError(
    `${JSON.stringify(file)} cannot be executed: ${why}.`,
    isMissing ? exitCodes.notFound : exitCodes.cannotExecute,
  );
}
