/** Servers to test on: what the system has, and what its package archive has besides. */
import { chmod, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { runQuietly } from "./bootstrap/step.mjs";

const unattended = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };

/** Name to how to get it; each resolves with a command that starts the server, or rejects with the reason why not. */
export const servers = {
  "redis 7.0": () => systemServer("redis-server", /v=7\.0\./),
  "valkey 8+": (root) => unpackedServer(root, "valkey-server", /v=(?:8|9|\d\d)\./),
};

async function systemServer(bin, wanted) {
  const told = await runQuietly([bin, "--version"]);
  if (!wanted.test(told))
    throw new Error(`the system's ${bin} is ${/v=\S+/.exec(told)?.[0] ?? "of an unknown version"}`);
  return bin;
}

/** From the backports of this Debian, unpacked into .cache: nothing is installed, and nothing started. */
async function unpackedServer(root, name, wanted) {
  const folder = join(root, ".cache", name);
  const starter = join(folder, name);
  if (!existsSync(starter)) await unpack(folder, name, starter);
  const told = await runQuietly([starter, "--version"]);
  if (!wanted.test(told)) throw new Error(`the archive's ${name} is ${told.trim()}`);
  return starter;
}

async function unpack(folder, name, starter) {
  await rm(folder, { recursive: true, force: true });
  const debs = join(folder, "debs");
  await mkdir(join(folder, "lists", "partial"), { recursive: true });
  await mkdir(debs);
  const options = await backports(folder);
  await runQuietly(["apt-get", ...options, "update"], { env: unattended });
  const simulate = ["-s", "-o", "Debug::NoLocking=true", "install", "--no-install-recommends", name];
  const plan = await runQuietly(["apt-get", ...options, ...simulate], { env: unattended });
  const names = [...plan.matchAll(/^Inst (\S+)/gm)].map(([, each]) => each);
  await runQuietly(["apt-get", ...options, "download", ...names], { cwd: debs, env: unattended });
  for (const deb of await readdir(debs)) await runQuietly(["dpkg-deb", "-x", join(debs, deb), folder]);
  await rm(debs, { recursive: true });
  // The server must be started by its own name: the same program under another is a checker of files.
  const script = `#!/bin/sh
here=${folder}
for libs in "$here"/usr/lib/*-linux-* "$here"/lib/*-linux-*; do
  LD_LIBRARY_PATH=$libs\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
done
export LD_LIBRARY_PATH
exec "$here/usr/bin/${name}" "$@"
`;
  await writeFile(starter, script);
  await chmod(starter, 0o755);
}

/** The system's own archive and its backports, with lists of our own, so that the system's are not touched. */
async function backports(folder) {
  const targets = await runQuietly(["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE)"]);
  const [, archive, release] = /^(\S+\/debian\/) (\w+)$/m.exec(targets) ?? [];
  if (archive === undefined) throw new Error("the system's package archive is not Debian's");
  const sources = join(folder, "sources.list");
  const suites = [release, `${release}-updates`, `${release}-backports`];
  await writeFile(sources, suites.map((suite) => `deb ${archive} ${suite} main\n`).join(""));
  return [
    ...["-o", `Dir::Etc::SourceList=${sources}`, "-o", "Dir::Etc::SourceParts=-"],
    ...["-o", `Dir::State::lists=${join(folder, "lists")}`],
    ...["-o", "Dir::Cache::pkgcache=", "-o", "Dir::Cache::srcpkgcache="],
  ];
}
