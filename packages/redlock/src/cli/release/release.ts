/** `redlock release`: ends another process's lock, by its token or by force. */
import process from "node:process";
import { createInterface } from "node:readline/promises";
import type { Inspection } from "../../round/inspect.ts";
import type { LockMode } from "../../core/vote.ts";
import { quorumOf } from "../../core/quorum.ts";
import { Redlock } from "../../redlock.ts";
import { systemRuntime } from "../../runtime/system.ts";
import { usageError } from "../cli-error.ts";
import { exitCodes } from "../exit-codes.ts";
import { holdingText } from "../inspect/holding-text.ts";
import { inspectJson } from "../inspect/holding-view.ts";
import { offerInspect } from "../settings/offered.ts";
import { redlockOptions } from "../settings/settings.ts";
import type { Output } from "../terminal/output.ts";
import { painter } from "../terminal/paint.ts";
import type { ReleaseOptions } from "./release-options.ts";
import { releaseOnNodes } from "./release-on-nodes.ts";

export async function release(options: ReleaseOptions, output: Output): Promise<number> {
  const { settings, resource } = options;
  const inspection = await inspectOnce(options);
  if (options.token === undefined && !(await isConfirmed(options, inspection, output))) {
    output.print("Nothing was changed.");
    return exitCodes.warnings;
  }
  const holders = holdersIn(inspection);
  const tokens = options.token === undefined ? [...holders.keys()] : [options.token];
  const fence = Math.max(0, ...inspection.nodes.map(({ fencingToken }) => fencingToken ?? 0));
  const key = settings.keyPrefix + resource;
  let deletedCount = 0;
  for (const token of tokens) {
    const hold = { token, mode: holders.get(token) ?? "exclusive" };
    deletedCount += await releaseOnNodes(settings.urls, key, hold, fence);
  }
  if (deletedCount > 0) output.print(releasedText(options, tokens.length, deletedCount));
  return verdict(options, inspection, deletedCount, output);
}

/** Every token that some node has, and how it holds. */
function holdersIn({ nodes }: Inspection): Map<string, LockMode> {
  const tokens = new Map<string, LockMode>();
  for (const { mode, token, holders } of nodes) {
    if (token !== undefined && !tokens.has(token)) tokens.set(token, mode);
    for (const holder of holders) tokens.set(holder.token, mode);
  }
  return tokens;
}

/** Of several holders each is on its own nodes. */
function releasedText({ settings, resource }: ReleaseOptions, tokenCount: number, deletedCount: number): string {
  const name = JSON.stringify(resource);
  if (tokenCount > 1) return `Released ${name}, which ${tokenCount} callers held.`;
  return `Released ${name} on ${deletedCount} of ${settings.urls.length} nodes.`;
}

function verdict(
  { settings, resource, token }: ReleaseOptions,
  inspection: Inspection,
  deletedCount: number,
  output: Output,
): number {
  const { nodes } = inspection;
  const name = JSON.stringify(resource);
  const silent = nodes.filter(({ answered }) => !answered);
  if (nodes.length - silent.length < quorumOf(nodes.length)) {
    const who = silent.map(({ node, detail }) => `${node} (${detail})`).join(", ");
    output.note(
      `${name}: ${silent.length} of ${nodes.length} nodes did not answer: ${who}. A key may live there until its TTL ` +
        `ends; say this again when they are back.`,
    );
    return exitCodes.unavailable;
  }
  if (deletedCount > 0) return exitCodes.ok;
  if (token !== undefined && holdersIn(inspection).size > 0) {
    output.note(
      `${name} is held by another token; nothing was changed. Who holds it: ${offerInspect(settings, resource)}`,
    );
    return exitCodes.held;
  }
  output.print(`${name} is free.`);
  return exitCodes.ok;
}

async function inspectOnce({ settings, resource }: ReleaseOptions): Promise<Inspection> {
  const redlock = Redlock.connect(settings.urls, redlockOptions(settings));
  redlock.on("warning", () => {});
  try {
    return await redlock.inspect(resource);
  } finally {
    await redlock.close();
  }
}

/** The answer is read from a terminal only: a script must say `--yes`. */
async function isConfirmed({ yes }: ReleaseOptions, inspection: Inspection, output: Output): Promise<boolean> {
  const { wallMs } = systemRuntime.readClocks();
  const view = inspectJson(inspection, [], false);
  output.print(holdingText(view, wallMs, painter(output.hasColour), output.width));
  if (yes || holdersIn(inspection).size === 0) return true;
  if (!process.stdin.isTTY) throw usageError("--force asks on a terminal; without one, say --yes too.");
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal
    .question(`\nTake the lock away from ${holdersIn(inspection).size > 1 ? "all its holders" : "its holder"}? [y/N] `)
    .finally(() => terminal.close());
  return /^y(?:es)?$/i.test(answer.trim());
}
