/**
 * Finds a redis-server or valkey-server, since the tests and the demo run on real ones; gets one where there is none
 * and the system lets us.
 */
import { join } from "node:path";
import { aptInstall, aptUnpack } from "./apt.mjs";
import { runQuietly, Stop } from "./step.mjs";

const hints = `Get one of these, or name one in REDIS_SERVER_BIN, and run this again:
  macOS          brew install redis
  Debian/Ubuntu  sudo apt-get install redis-server
  Fedora         sudo dnf install valkey
  with Docker    docker run --rm -v "$PWD:/work" -w /work node:22 npm test
On Windows use WSL.`;

/** Resolves with the command and version of a server that starts on this machine; fails with a message for people. */
export async function findRedisServer(root) {
  const named = process.env.REDIS_SERVER_BIN;
  if (named) {
    const version = await versionOf(named);
    if (version === undefined) throw new Stop(`REDIS_SERVER_BIN is "${named}", which does not run.\n${hints}`);
    return { bin: named, version };
  }
  const cached = join(root, ".cache", "redis", "redis-server");
  return (await firstThatRuns(["redis-server", "valkey-server", cached])) ?? (await fetchRedisServer(root, cached));
}

async function fetchRedisServer(root, cached) {
  const reasons = [];
  for (const fetch of ways(root)) {
    await fetch().catch((error) => reasons.push(error.message));
    const found = await firstThatRuns(["redis-server", cached]);
    if (found) return found;
  }
  throw new Stop(["There is no redis-server or valkey-server on this machine.", ...reasons, hints].join("\n"));
}

function ways(root) {
  if (process.platform !== "linux") return [];
  const unpack = () => aptUnpack(join(root, ".cache", "redis"));
  return process.getuid() === 0 ? [() => aptInstall(), unpack] : [unpack];
}

async function firstThatRuns(bins) {
  for (const bin of bins) {
    const version = await versionOf(bin);
    if (version !== undefined) return { bin, version };
  }
  return undefined;
}

/** "7.0.15", or `undefined` where the command is not there or does not run. */
async function versionOf(bin) {
  const output = await runQuietly([bin, "--version"]).catch(() => "");
  return /v=([\w.]+)/.exec(output)?.[1];
}
