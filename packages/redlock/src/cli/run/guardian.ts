/**
 * Ends the command's process group when we die without being able to: by SIGKILL, or out of memory. Nobody would extend
 * the lock then, and the command would go on under somebody else's.
 *
 * A shell in a session of its own reads from a pipe that only we hold open: first the group's number, then a line when
 * the command has ended. The pipe's end without that line means that we are gone.
 */
import { spawn, type ChildProcess } from "node:child_process";
import process from "node:process";

const script = `
trap '' INT TERM HUP QUIT
read -r group || exit 0
if read -r _; then exit 0; fi
kill -s TERM -- "-$group" 2>/dev/null || exit 0
tenths=0
while [ "$tenths" -lt "$1" ] && kill -s 0 -- "-$group" 2>/dev/null; do
  sleep 0.1
  tenths=$((tenths + 1))
done
kill -s KILL -- "-$group" 2>/dev/null
`;

export class Guardian {
  readonly #shell: ChildProcess | undefined;

  /** Before the command starts, so that there is no moment without it. `graceMs`: from SIGTERM to SIGKILL. */
  constructor(graceMs: number) {
    if (process.platform === "win32") return;
    const tenths = String(Math.floor(graceMs / 100));
    this.#shell = spawn("/bin/sh", ["-c", script, "redlock-guardian", tenths], {
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

  dismiss(): void {
    this.#shell?.stdin?.end("\n");
  }
}
