/** One run of a redis-server: from its start to its exit. A restart is another run. */
import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pidFileName } from "./watchdog.ts";

const keptLogLength = 4_000;
/** Writes the pid where the watchdog looks, or does not start at all; then the shell becomes the server. */
const start = `echo $$ > "$1/${pidFileName}" && shift && exec "$@"`;

/** What a server's process is doing. */
export type ServerState = "running" | "paused" | "down";

export class ServerProcess {
  readonly #child: ChildProcess;
  #log = "";
  #running = true;
  /** Resolves when the process is gone. */
  readonly exited: Promise<void>;

  /** `folder`: the server's own, inside the watchdog's. */
  constructor(folder: string, command: readonly string[], env: NodeJS.ProcessEnv) {
    this.#child = spawn("/bin/sh", ["-c", start, "quorate-server", folder, ...command], {
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stdout?.on("data", (chunk: Buffer) => this.#note(chunk));
    this.#child.stderr?.on("data", (chunk: Buffer) => this.#note(chunk));
    this.exited = new Promise((resolve) => {
      const gone = (): void => {
        this.#running = false;
        // The system may give the number to another process, which the watchdog must not kill.
        rmSync(join(folder, pidFileName), { force: true });
        resolve();
      };
      this.#child.once("exit", gone);
      this.#child.once("error", gone);
    });
  }

  get running(): boolean {
    return this.#running;
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error("the server process could not be started");
    return this.#child.pid;
  }

  /** The end of what the server printed. */
  get log(): string {
    return this.#log;
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#running) this.#child.kill(signal);
  }

  /** SIGSTOP; resolves when the process really stands still, so that nothing sent afterwards is still answered. */
  async freeze(): Promise<void> {
    this.signal("SIGSTOP");
    while (this.#running && process.platform === "linux" && !standsStill(this.pid)) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #note(chunk: Buffer): void {
    this.#log = (this.#log + chunk.toString("utf8")).slice(-keptLogLength);
  }
}

function standsStill(pid: number): boolean {
  const status = readFileSync(`/proc/${pid}/stat`, "utf8");
  // "pid (name) state ...", and the name may hold anything.
  return status.slice(status.lastIndexOf(")") + 2).startsWith("T");
}
