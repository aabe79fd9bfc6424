/** Nodes without a server, which vote as a test tells them. */
import type { Node, Operation, Vote } from "@quorate/redlock/node";

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
  const evidence = { runId: `run-${nodeIndex}`, memoryAgeMs: 1e9, replica: false };
  return { outcome: "granted", evidence, deletedCount: 1 };
}
