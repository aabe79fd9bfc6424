/** Processes of their own, to be killed, stopped and continued. They print one JSON object per line. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

export type Line = Record<string, unknown>;

export interface Worker {
  readonly pid: number;
  /** The next line that has a field of this name, from the beginning; rejects when the process ends without one. */
  next(field: string): Promise<Line>;
  /** Sends a line to its standard input. */
  tell(line: string): void;
  signal(signal: NodeJS.Signals): void;
  kill(): void;
  readonly exited: Promise<{ exitCode: number | null; lines: readonly Line[] }>;
}

export function workerPath(name: string): string {
  return fileURLToPath(new URL(`../workers/${name}`, import.meta.url));
}

/** Loaded into each. */
const withParent = new URL("../workers/with-parent.mjs", import.meta.url).href;

/** `node <name> <resource> <mode> <urls...>`; it ends with the test that starts it. */
export function startWorker(name: string, urls: readonly string[], resource: string, mode = ""): Worker {
  const child = spawn(process.execPath, ["--import", withParent, workerPath(name), resource, mode, ...urls], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines: Line[] = [];
  const waiting = new Set<() => void>();
  let isOver = false;
  const announce = (): void => {
    for (const look of [...waiting]) look();
  };
  const reading = createInterface(child.stdout);
  reading.on("line", (line) => {
    lines.push(JSON.parse(line) as Line);
    announce();
  });
  const exited = new Promise<{ exitCode: number | null; lines: readonly Line[] }>((resolve) => {
    child.once("close", (exitCode) => {
      isOver = true;
      announce();
      resolve({ exitCode, lines });
    });
  });
  // Also when a test fails half-way, and while it is stopped. When this process is killed it ends by itself.
  onTestFinished(() => void child.kill("SIGKILL"));
  return {
    pid: child.pid ?? 0,
    next: (field) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = lines.find((line) => field in line);
          if (found === undefined && !isOver) return;
          waiting.delete(look);
          if (found !== undefined) resolve((found[field] ?? {}) as Line);
          else reject(new Error(`${name} ended without telling "${field}": ${JSON.stringify(lines)}`));
        };
        waiting.add(look);
        look();
      }),
    tell: (line) => void child.stdin.write(`${line}\n`),
    signal: (signal) => void child.kill(signal),
    kill: () => void child.kill("SIGKILL"),
    exited,
  };
}
