/**
 * Makes sure that nothing of a fleet outlives the process that started it, however that process ends.
 *
 * A shell in a session of its own waits for the end of a pipe that only our process holds open. The pipe ends when we
 * say so or when we die, SIGKILL included; then the shell kills every server whose pid lies in the fleet's folder,
 * stopped ones too, and removes the folder.
 *
 * A server writes its own pid there before it becomes a server, and gives up where it cannot. The shell renames the
 * folder before it reads the pids, so a server that was being started at that moment either is in the list or never
 * starts.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Name of the file, in a server's folder, that holds its pid. */
export const pidFileName = "pid";

const script = `
trap '' INT TERM HUP
while read -r _; do :; done
mv "$1" "$1.gone"
for file in "$1.gone"/*/${pidFileName}; do
  [ -f "$file" ] && read -r pid < "$file" && kill -KILL "$pid"
done
tries=0
while [ -e "$1.gone" ] && [ "$tries" -lt 50 ]; do
  [ "$tries" -gt 0 ] && sleep 0.1
  rm -rf "$1.gone"
  tries=$((tries + 1))
done
`;

export interface Watchdog {
  /** The temporary folder that it removes in the end. Each server has a folder of its own in it. */
  readonly folder: string;
  /** Kills what still runs, removes the folder; resolves when that is done. */
  finish(): Promise<void>;
}

export async function startWatchdog(): Promise<Watchdog> {
  const folder = await mkdtemp(join(tmpdir(), "quorate-fleet-"));
  const shell = spawn("/bin/sh", ["-c", script, "quorate-watchdog", folder], {
    cwd: "/",
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  const exited = once(shell, "exit");
  // Without this a script that forgot to stop its fleet would hang for the watchdog alone.
  shell.unref();
  return { folder, finish: () => finish(shell, exited) };
}

async function finish(shell: ChildProcess, exited: Promise<unknown>): Promise<void> {
  shell.ref();
  shell.stdin?.end();
  await exited;
}
