/** valkey-glide leaves a file behind: the socket between its two halves. */
import { readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Removes those of this process, whose clients are closed. */
export function removeGlideSockets(): void {
  const isOurs = (name: string): boolean => name.startsWith(`glide-socket-${process.pid}-`);
  for (const name of readdirSync(tmpdir()).filter(isOurs)) rmSync(join(tmpdir(), name), { force: true });
}
