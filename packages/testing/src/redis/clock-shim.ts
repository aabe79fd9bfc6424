/** Compiles the clock shim where there is a compiler, once per machine and version. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { access, lstat, mkdir, readFile, rename } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** The library that gives a server a wall clock of its own, or why there is none. */
export type ClockShim =
  | { readonly available: true; /** The shared library to preload. */ readonly library: string }
  | { readonly available: false; /** For people. */ readonly reason: string };

/** Relative to this file's place in src/ and in dist/ alike: the source is shipped, the compiled library is not. */
const source = fileURLToPath(new URL("../../src/redis/clock-shim.c", import.meta.url));

let found: Promise<ClockShim> | undefined;

/** Whether servers of a fleet can have a wall clock of their own here, or why not. Compiles when needed. */
export function findClockShim(): Promise<ClockShim> {
  return (found ??= compile());
}

async function compile(): Promise<ClockShim> {
  if (process.platform !== "linux")
    return { available: false, reason: `LD_PRELOAD needs Linux, not ${process.platform}` };
  try {
    const code = await readFile(source);
    const library = join(
      await privateFolder(),
      `clock-${createHash("sha256").update(code).digest("hex").slice(0, 16)}.so`,
    );
    if (await exists(library)) return { available: true, library };
    const unfinished = `${library}.${process.pid}`;
    await promisify(execFile)(process.env["CC"] ?? "cc", ["-shared", "-fPIC", "-O2", "-o", unfinished, source, "-ldl"]);
    // Several test processes may compile at once: the last one wins, and each one's result is whole.
    await rename(unfinished, library);
    return { available: true, library };
  } catch (error) {
    return { available: false, reason: `the clock shim was not compiled: ${String(error)}` };
  }
}

/** What lies in a shared folder may be another user's, and it would be loaded into our servers. */
async function privateFolder(): Promise<string> {
  const userId = process.getuid?.() ?? 0;
  const folder = join(tmpdir(), `quorate-clock-${userId}`);
  await mkdir(folder, { mode: 0o700, recursive: true });
  const state = await lstat(folder);
  if (!state.isDirectory() || state.uid !== userId || (state.mode & 0o077) !== 0) {
    throw new Error(`${folder} is not this user's alone`);
  }
  return folder;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
