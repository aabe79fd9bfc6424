/** One process of a service that is no Redis, and how a service waits for its members. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const readyWithinMs = 30_000;

/** Waits for the end of a pipe that only our process holds open, and so also for our death by SIGKILL. */
const guardScript = `trap '' INT TERM HUP; while read -r _; do :; done; kill -KILL "$1"`;

/** Ends with the process that started it, however that one ends. */
export class Member {
  readonly #child: ChildProcess;

  /** Throws where the program cannot be had. */
  constructor(command: string, commandLine: readonly string[]) {
    this.#child = spawn(command, commandLine, { stdio: "ignore" });
    this.#child.on("error", () => {});
    if (this.#child.pid !== undefined) this.#guard(this.#child.pid);
  }

  #guard(pid: number): void {
    const guard = spawn("/bin/sh", ["-c", guardScript, "quorate-member-guard", String(pid)], {
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
    });
    guard.on("error", () => {});
    guard.unref();
    // The member's pid may be another process's as soon as it has ended.
    this.#child.once("exit", () => guard.kill("SIGKILL"));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async kill(): Promise<void> {
    if (this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }
}

/** Kills the member of this number; -1: the leader was not found, and nothing would be measured. */
export async function killMember(members: readonly Member[], index: number): Promise<void> {
  const member = members[index];
  if (member === undefined) throw new Error("no member says that it leads");
  await member.kill();
}

/** Ports of the loopback interface that nobody listened on a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Resolves when `isReady` does with true. Rejects when it takes too long. */
export async function untilReady(what: string, isReady: () => Promise<boolean>): Promise<void> {
  for (const until = performance.now() + readyWithinMs; performance.now() < until; await sleep(100)) {
    if (await isReady().catch(() => false)) return;
  }
  throw new Error(`${what} was not ready within ${readyWithinMs / 1_000} s`);
}

/** What a server answers to one line of text, until it closes. */
export async function askInText(port: number, line: string): Promise<string> {
  const socket = new Socket().connect(port, "127.0.0.1");
  socket.setTimeout(1_000, () => socket.destroy());
  socket.write(line);
  let answer = "";
  for await (const part of socket) answer += String(part);
  return answer;
}
