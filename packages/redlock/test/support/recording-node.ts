/** Nodes that remember what they were sent, to send it again or not at all: a careless client library in between. */
import type { Node, Operation, Vote } from "@quorate/redlock/node";
import { connectNodes } from "../../src/node/adapt.ts";
import { unguarded } from "../../src/node/known-server.ts";
import { systemRuntime } from "../../src/runtime/system.ts";

export interface RecordingNode extends Node {
  readonly sent: readonly Operation[];
  /** Sends the last operation of this kind once more; resolves with its vote. */
  sendAgain(kind: Operation["kind"]): Promise<Vote>;
}

export interface RecordingOptions {
  /** Operations of this kind are never sent, and reported as done. */
  readonly drops?: Operation["kind"];
  /** What is sent instead of an operation; `undefined`: the node is cut off for this one. */
  readonly change?: (operation: Operation) => Operation | undefined;
}

/** One node per URL. Whoever makes a `Redlock` of them closes them with it. */
export function recording(urls: readonly string[], options: RecordingOptions): RecordingNode[] {
  return connectNodes(urls, systemRuntime).map((node) => record(node, options));
}

const evidence = unguarded;

function record(node: Node, { drops, change = (operation) => operation }: RecordingOptions): RecordingNode {
  const sent: Operation[] = [];
  return {
    sent,
    get name() {
      return node.name;
    },
    get state() {
      return node.state;
    },
    setListener: (listener) => node.setListener(listener),
    send(operation, receiver, nodeIndex) {
      sent.push(operation);
      if (operation.kind === drops) {
        receiver.receive(nodeIndex, { outcome: "granted", evidence, deletedCount: 1 });
        return;
      }
      const changed = change(operation);
      if (changed !== undefined) node.send(changed, receiver, nodeIndex);
      else
        receiver.receive(nodeIndex, { outcome: "unknown", reason: "disconnected", detail: "cut off", mayHold: false });
    },
    sendAgain(kind) {
      const operation = sent.findLast((each) => each.kind === kind);
      if (operation === undefined) return Promise.reject(new Error(`${kind} was never sent to ${node.name}`));
      return new Promise((resolve) => {
        node.send(operation, { abandoned: false, receive: (_index, vote) => resolve(vote) }, 0);
      });
    },
    overdue: () => node.overdue(),
    subscribe: (channels, listener) => node.subscribe(channels, listener),
    close: () => node.close(),
  };
}
