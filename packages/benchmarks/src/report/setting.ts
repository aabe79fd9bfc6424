/** Where and with what a run was made: without it no figure means anything. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, release, totalmem, type } from "node:os";
import { execFileSync } from "node:child_process";
import { dirname, join } from "node:path";

export interface Setting {
  readonly date: string;
  readonly mode: string;
  readonly elapsedSeconds: number;
  readonly processor: string;
  readonly coreCount: number;
  readonly memoryGiB: number;
  readonly system: string;
  /** How many processes wanted a core in the minute before the run: what was not ours disturbs the figures. */
  readonly loadBefore: number;
  readonly versions: Readonly<Record<string, string>>;
}

const packages = ["ioredis", "redlock5", "redlock4", "redis-semaphore", "redlock-universal"];

/** `loadBefore`: see `Setting`; it is read before the run. */
export function describeSetting(mode: string, elapsedSeconds: number, loadBefore: number): Setting {
  const processors = cpus();
  return {
    date: new Date().toISOString(),
    mode,
    elapsedSeconds: Math.round(elapsedSeconds),
    processor: processors[0]?.model ?? "unknown",
    coreCount: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    loadBefore: Math.round(loadBefore * 10) / 10,
    system: `${type()} ${release()}`,
    versions: {
      node: process.versions.node,
      redis: serverVersion(),
      ...Object.fromEntries(packages.map((name) => [name, packageVersion(name)])),
    },
  };
}

/** In words. */
export function describe(setting: Setting): string {
  const { versions } = setting;
  return (
    `${setting.date.slice(0, 10)}, ${setting.mode} run of ${setting.elapsedSeconds} s. ${setting.coreCount} cores of ` +
    `${setting.processor}, ${setting.memoryGiB} GiB, ${setting.system}; clients and servers share them, and before the run ` +
    `${setting.loadBefore} other processes did. ` +
    `${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(", ")}.`
  );
}

function serverVersion(): string {
  const line = execFileSync(process.env["REDIS_SERVER_BIN"] ?? "redis-server", ["--version"]).toString();
  return /v=(\S+)/.exec(line)?.[1] ?? line.trim();
}

/** A package need not export its package.json: it stands above its entry. */
function packageVersion(name: string): string {
  let folder = dirname(createRequire(import.meta.url).resolve(name));
  for (;;) {
    try {
      const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version?: string };
      if (version !== undefined) return version;
    } catch {
      // Not here: one folder up.
    }
    if (dirname(folder) === folder) return "unknown";
    folder = dirname(folder);
  }
}
