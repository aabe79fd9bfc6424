/**
 * Ends the command's process group when we die without being able to: by SIGKILL, or out of memory. The lock would not
 * be extended then, and the command would go on while another caller holds it.
 *
 * A shell in a session of its own reads from a pipe that only we hold open: first the group's number, then a line when
 * the command has ended, or when it was sent SIGTERM: that one says in how many seconds it must be gone, and the shell
 * sees to it whatever becomes of us. The pipe's end without a second line means that we are gone.
 */
import { spawn, type ChildProcess } from "node:child_process";
import process from "node:process";

const script = `
trap '' INT TERM HUP QUIT
read -r group || exit 0
if read -r grace; then
  [ -n "$grace" ] || exit 0
else
  grace=$1
  kill -s TERM -- "-$group" 2>/dev/null || exit 0
fi
sleep "$grace" &
timer=$!
while kill -s 0 "$timer" 2>/dev/null && kill -s 0 -- "-$group" 2>/dev/null; do sleep 0.1; done
kill -s KILL -- "-$group" 2>/dev/null
kill -s KILL "$timer" 2>/dev/null
`;

export class Guardian {
  readonly #shell: ChildProcess | undefined;

  /** Before the command starts, so that there is no moment without it. `graceMs`: from SIGTERM to SIGKILL. */
  constructor(graceMs: number) {
    if (process.platform === "win32") return;
    this.#shell = spawn("/bin/sh", ["-c", script, "redlock-guardian", inSeconds(graceMs)], {
      cwd: "/",
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
    });
    // Without a shell there is no guardian; the lock itself does not need one.
    this.#shell.on("error", () => {});
    this.#shell.stdin?.on("error", () => {});
    this.#shell.unref();
  }

  /** `undefined`: the command could not be started. */
  watch(groupId: number | undefined): void {
    if (groupId !== undefined) this.#shell?.stdin?.write(`${groupId}\n`);
  }

  /** The group was sent SIGTERM just now. What is left of it after `graceMs` is killed, by us or by the shell. */
  keepDeadline(graceMs: number): void {
    this.#shell?.stdin?.write(`${inSeconds(graceMs)}\n`);
  }

  dismiss(): void {
    this.#shell?.stdin?.end("\n");
  }
}

/** As sleep takes it. */
function inSeconds(delayMs: number): string {
  return (Math.max(0, delayMs) / 1_000).toFixed(3);
}
