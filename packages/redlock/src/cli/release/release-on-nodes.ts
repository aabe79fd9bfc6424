/** One release, sent to every node, each on its own: it is worth while on one node too. */
import { connectNodes } from "../../node/adapt.ts";
import type { LockMode } from "../../core/vote.ts";
import type { Node } from "../../node/node.ts";
import type { ReleaseOperation } from "../../node/operation.ts";
import { systemRuntime } from "../../runtime/system.ts";

const answerWithinMs = 1_000;
/** For how long the token stays buried: longer than the holder can go on believing in its lock. */
const buryMs = 300_000;

/** Resolves with how many nodes held the token. Buries it, so that a holder at work does not make the key again. */
export async function releaseOnNodes(
  urls: readonly string[],
  key: string,
  { token, mode }: { readonly token: string; readonly mode: LockMode },
  fence: number,
): Promise<number> {
  const nodes = connectNodes(urls, systemRuntime);
  const operation: ReleaseOperation = {
    kind: "release",
    keys: [key],
    token,
    fence,
    bury: true,
    announce: true,
    buryMs,
    ...(mode === "shared" && { shared: [0] }),
    ...(mode === "permits" && { slots: [] }),
  };
  const counts = await Promise.all(nodes.map((node) => releaseOn(node, operation)));
  await Promise.allSettled(nodes.map((node) => node.close()));
  return counts.filter((count) => count > 0).length;
}

function releaseOn(node: Node, operation: ReleaseOperation): Promise<number> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(0), answerWithinMs);
    const receive: Parameters<Node["send"]>[1]["receive"] = (_index, vote) => {
      clearTimeout(timer);
      resolve(vote.outcome === "granted" ? vote.deletedCount : 0);
    };
    node.send(operation, { receive, abandoned: false }, 0);
  });
}
