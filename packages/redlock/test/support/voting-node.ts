/** Nodes that tell what they are asked, and when a vote comes back: right before the algorithm sees it and right after. */
import type { Node, Operation, Vote } from "@quorate/redlock/node";
import { connectNodes } from "../../src/node/adapt.ts";
import { systemRuntime } from "../../src/runtime/system.ts";

export interface VoteListener {
  asked?(operation: Operation, nodeIndex: number): void;
  before?(operation: Operation, vote: Vote, nodeIndex: number): void;
  after?(operation: Operation, vote: Vote): void;
}

/** One node per URL. Whoever makes a `Redlock` of them closes them with it. */
export function listening(urls: readonly string[], listener: VoteListener): Node[] {
  return connectNodes(urls, systemRuntime).map((node) => ({
    get name() {
      return node.name;
    },
    get state() {
      return node.state;
    },
    setListener: (own) => node.setListener(own),
    send(operation, receiver, nodeIndex) {
      listener.asked?.(operation, nodeIndex);
      const heard = {
        get abandoned() {
          return receiver.abandoned;
        },
        receive(index: number, vote: Vote) {
          listener.before?.(operation, vote, index);
          receiver.receive(index, vote);
          listener.after?.(operation, vote);
        },
      };
      node.send(operation, heard, nodeIndex);
    },
    overdue: () => node.overdue(),
    subscribe: (channels, own) => node.subscribe(channels, own),
    close: () => node.close(),
  }));
}
