/**
 * Ends the command's process group when we die without being able to: by SIGKILL, or out of memory. Nobody would extend
 * the lock then, and the command would go on under somebody else's.
 *
 * A shell in a session of its own reads from a pipe that only we hold open. A line means that all is well; the pipe's
 * end without one means that we are gone.
 */
import { spawn, type ChildProcess } from "node:child_process";
import process from "node:process";

const script = `
trap '' INT TERM HUP QUIT
if read -r _; then exit 0; fi
kill -TERM -- "-$1" 2>/dev/null || exit 0
tenths=0
while [ "$tenths" -lt "$2" ] && kill -0 -- "-$1" 2>/dev/null; do
  sleep 0.1
  tenths=$((tenths + 1))
done
kill -KILL -- "-$1" 2>/dev/null
`;

export class Guardian {
  readonly #shell: ChildProcess | undefined;

  /** `graceMs`: from SIGTERM to SIGKILL. */
  constructor(groupId: number, graceMs: number) {
    if (process.platform === "win32") return;
    const tenths = String(Math.floor(graceMs / 100));
    this.#shell = spawn("/bin/sh", ["-c", script, "redlock-guardian", String(groupId), tenths], {
      cwd: "/",
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
    });
    // Without a shell there is no guardian; the lock itself does not need one.
    this.#shell.on("error", () => {});
    this.#shell.stdin?.on("error", () => {});
    this.#shell.unref();
    (this.#shell.stdin as unknown as { unref?: () => void } | null)?.unref?.();
  }

  dismiss(): void {
    this.#shell?.stdin?.end("\n");
  }
}
