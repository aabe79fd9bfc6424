/** Nodes without a server, which vote as a test tells them. */
import type { Node, NodeEvidence, Operation, Vote } from "@quorate/redlock/node";

/** `answer` gives the vote of the node with that index, from 0. */
export function answering(nodeCount: number, answer: (operation: Operation, nodeIndex: number) => Vote): Node[] {
  return Array.from({ length: nodeCount }, (_, index) => ({
    name: `node-${index}`,
    state: { status: "up", reason: undefined, detail: "", pendingReleaseCount: 0 },
    setListener() {},
    send(operation, receiver, nodeIndex) {
      queueMicrotask(() => receiver.receive(nodeIndex, answer(operation, index)));
    },
    overdue() {},
    subscribe: () => () => {},
    close: () => Promise.resolve(),
  }));
}

/** The yes of a node that has been up for long. */
export function granted(nodeIndex: number): Vote {
  return { outcome: "granted", evidence: oldNode(nodeIndex), deletedCount: 1 };
}

export function oldNode(nodeIndex: number): NodeEvidence {
  const life = `run-${nodeIndex} 1000 fresh`;
  return { runId: `run-${nodeIndex}`, life, memoryAgeMs: 1e9, cause: "fresh", replica: false };
}
