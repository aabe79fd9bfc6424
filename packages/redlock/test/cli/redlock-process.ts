/** The built command line as a real process. */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const main = fileURLToPath(new URL("../../dist/bin/cli/main.js", import.meta.url));

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** A folder without a configuration file, unless the test has put one there. */
  readonly cwd?: string;
}

export interface Finished {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class RedlockProcess {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  stdout = "";
  stderr = "";
  readonly #watchers = new Set<() => void>();

  constructor(file: string, args: readonly string[], { env = {}, cwd = tmpdir() }: StartOptions) {
    if (!existsSync(main)) throw new Error(`${main} is not there: run npm run build`);
    this.child = spawn(file, args, {
      cwd,
      env: { PATH: process.env["PATH"] ?? "", ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.child.stdout!.on("data", (chunk: Buffer) => this.#note("stdout", chunk));
    this.child.stderr!.on("data", (chunk: Buffer) => this.#note("stderr", chunk));
    this.finished = new Promise((resolve) => {
      this.child.once("close", (exitCode) => resolve({ exitCode, stdout: this.stdout, stderr: this.stderr }));
    });
    onTestFinished(() => void this.child.kill("SIGKILL"));
  }

  /** On its keyboard, where it has a terminal. */
  type(text: string): void {
    this.child.stdin!.write(text);
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Resolves with what the pattern found in stdout, as soon as it is there; rejects when the process ends before. */
  async saw(pattern: RegExp): Promise<RegExpExecArray> {
    const ended = this.finished.then(({ stdout, stderr }) => {
      const match = pattern.exec(stdout);
      if (match === null) throw new Error(`ended without ${String(pattern)}: ${stdout}${stderr}`);
      return match;
    });
    const found = new Promise<RegExpExecArray>((resolve) => {
      const look = (): void => {
        const match = pattern.exec(this.stdout);
        if (match !== null) resolve(match);
      };
      this.#watchers.add(look);
      look();
    });
    return Promise.race([found, ended]);
  }

  #note(stream: "stdout" | "stderr", chunk: Buffer): void {
    this[stream] += chunk.toString("utf8");
    for (const look of this.#watchers) look();
  }
}

/** Starts it; it is killed at the end of the test if it still runs. */
export function start(args: readonly string[], options: StartOptions = {}): RedlockProcess {
  const started = new RedlockProcess(process.execPath, [main, ...args], options);
  started.child.stdin!.end();
  return started;
}

/** The same on a terminal of so many columns (0: one that does not know its size); its stderr is in `stdout` too. */
export function startOnTerminal(args: readonly string[], columns: number, options: StartOptions = {}): RedlockProcess {
  const command = [process.execPath, main, ...args].map((part) => `'${part.replaceAll("'", String.raw`'\''`)}'`);
  const sized = `stty cols ${columns} rows 40; exec ${command.join(" ")}`;
  return new RedlockProcess("script", ["-qfec", sized, "/dev/null"], options);
}

/** Starts it and waits for its end. */
export function redlock(args: readonly string[], options: StartOptions = {}): Promise<Finished> {
  return start(args, options).finished;
}
