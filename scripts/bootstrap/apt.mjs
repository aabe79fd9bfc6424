/** redis-server from the distribution's packages: installed as root, or unpacked into a folder without. */
import { chmod, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runQuietly } from "./step.mjs";

const unattended = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };

/** Needs root. */
export async function aptInstall(names = ["redis-server"]) {
  console.log(`     no ${names.join(", ")} here: installing the system's packages with apt-get`);
  await runQuietly(["apt-get", "update"], { env: unattended });
  await runQuietly(["apt-get", "install", "-y", "--no-install-recommends", ...names], { env: unattended });
}

/** Needs no root: downloads the packages and unpacks them into `folder`, where `redis-server` starts the server. */
export async function aptUnpack(folder) {
  console.log(`     no redis-server here: unpacking the system's package into ${folder}`);
  const debs = join(folder, "debs");
  const lists = join(folder, "lists");
  await rm(folder, { recursive: true, force: true });
  await mkdir(debs, { recursive: true });
  await download(debs, lists);
  for (const deb of await readdir(debs)) await runQuietly(["dpkg-deb", "-x", join(debs, deb), folder]);
  await rm(debs, { recursive: true });
  await rm(lists, { recursive: true, force: true });
  await writeStarter(folder);
}

async function download(debs, lists) {
  const system = [];
  try {
    await downloadWith(system, debs);
  } catch {
    // A container image often comes without package lists, and only root may fetch the system's: use our own.
    const own = ["-o", `Dir::State::lists=${lists}`, "-o", "Dir::Cache::pkgcache=", "-o", "Dir::Cache::srcpkgcache="];
    await mkdir(join(lists, "partial"), { recursive: true });
    await runQuietly(["apt-get", ...own, "update"], { env: unattended });
    await downloadWith(own, debs);
  }
}

async function downloadWith(options, debs) {
  const simulate = ["-s", "-o", "Debug::NoLocking=true", "install", "--no-install-recommends", "redis-server"];
  const plan = await runQuietly(["apt-get", ...options, ...simulate], { env: unattended });
  const missing = [...plan.matchAll(/^Inst (\S+)/gm)].map(([, name]) => name);
  const names = new Set(["redis-server", "redis-tools", ...missing]);
  await runQuietly(["apt-get", ...options, "download", ...names], { cwd: debs, env: unattended });
}

/** The server must be started by its own name: the same program under another is redis-check-rdb. */
async function writeStarter(folder) {
  const starter = join(folder, "redis-server");
  const script = `#!/bin/sh
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
for libs in "$here"/usr/lib/*-linux-* "$here"/lib/*-linux-*; do
  LD_LIBRARY_PATH=$libs\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
done
export LD_LIBRARY_PATH
exec "$here/usr/bin/redis-server" "$@"
`;
  await writeFile(starter, script);
  await chmod(starter, 0o755);
}
