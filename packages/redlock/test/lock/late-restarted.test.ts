/** The grant of a node that has just restarted counts neither at once nor later by an extend alone. */
import { QuorumUnavailableError, Redlock } from "@quorate/redlock";
import type { Node, Unknown, Vote } from "@quorate/redlock/node";
import { expect, test } from "vitest";
import { answering, granted, oldNode } from "../support/answering-node.ts";
import { forTest } from "../support/connect-to.ts";

const noAnswer: Unknown = { outcome: "unknown", reason: "error", detail: "lost", mayHold: true };

/** Node 2 has restarted, and its vote on the acquire of "a" comes when told; node 1 never answers an extend. */
function withLateNode(): { nodes: Node[]; tell(): void } {
  const young = { ...oldNode(2), memoryAgeMs: 500 };
  const vote: Vote = { outcome: "granted", evidence: young, deletedCount: 0 };
  let tell = (): void => {};
  const nodes = answering(3, ({ kind }, index) => {
    if (index === 2) return vote;
    return kind === "extend" && index === 1 ? noAnswer : granted(index);
  });
  const late: Node = {
    ...nodes[2]!,
    send(operation, receiver, index) {
      if (operation.kind !== "acquire" || operation.keys[0] !== "a") nodes[2]!.send(operation, receiver, index);
      else tell = () => receiver.receive(index, vote);
    },
  };
  return { nodes: [nodes[0]!, nodes[1]!, late], tell: () => tell() };
}

test("a node that restarted, whose grant comes after the round was won, does not make a quorum of extends", async () => {
  const { nodes, tell } = withLateNode();
  await using redlock = forTest(new Redlock(nodes));
  await (await redlock.acquire("every node is known", 10_000)).release();
  await using lock = await redlock.acquire("a", 10_000);
  tell();
  await expect(lock.extend()).rejects.toBeInstanceOf(QuorumUnavailableError);
});
