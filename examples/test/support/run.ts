/** Runs what the workspace has built, as a user would: in a process of its own. */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root: string = fileURLToPath(new URL("../../..", import.meta.url));
export const examplesFolder: string = join(root, "examples");

export interface Run {
  readonly code: number | null;
  /** Both streams, in the order written. */
  readonly output: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Called with all output so far; `signal` sends one to the process. */
  readonly onOutput?: (output: string, signal: (name: NodeJS.Signals) => void) => void;
}

/** `node <args>`; resolves when the process is gone. */
export function runNode(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const child = spawn(process.execPath, args, {
    cwd: options.cwd ?? root,
    env: { ...process.env, NODE_OPTIONS: "", ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const take = (chunk: Buffer): void => {
    output += chunk.toString();
    options.onOutput?.(output, (name) => child.kill(name));
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, output }));
  });
}

export function runTypeScript(args: readonly string[]): Promise<Run> {
  const home = dirname(createRequire(import.meta.url).resolve("typescript/package.json"));
  return runNode([join(home, "bin", "tsc"), ...args]);
}

/** Brings `dist` up to date, in no time where it is. */
export async function build(): Promise<void> {
  const { code, output } = await runNode([join(root, "scripts", "run.mjs"), "build"]);
  if (code !== 0) throw new Error(`The build failed:\n${output}`);
}
