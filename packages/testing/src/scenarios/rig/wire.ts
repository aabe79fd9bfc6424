/**
 * Between one user's library and its nodes: where a scenario counts what is asked, and a control switches a guard off, as a
 * library without that guard would send and hear. The same on both rigs.
 */
import type { Node, Operation, Vote, VoteReceiver } from "@quorate/redlock/node";

/** Of what was never sent, as of what was sent and never answered. */
const UNHEARD: Vote = { outcome: "unknown", reason: "timeout", detail: "kept back by the wire", mayHold: true };

/** Everything passes as it is, unless told otherwise. One for each user. */
export class Wire {
  /** Told of each operation of the library. */
  onSend: (operation: Operation, node: number) => void = () => undefined;
  /** What is sent in its place; `undefined`: nothing, and the vote is unknown. */
  change: (operation: Operation, node: number) => Operation | undefined = (operation) => operation;
  /** What the library is told in place of a vote. */
  hear: (vote: Vote, operation: Operation, node: number) => Vote = (vote) => vote;
  readonly #nodes: Node[] = [];

  /** The node as the library sees it. */
  around(node: Node, index: number): Node {
    this.#nodes[index] = node;
    const send: Node["send"] = (operation, receiver, nodeIndex) => {
      const listening: VoteReceiver = {
        receive: (at, vote) => receiver.receive(at, this.hear(vote, operation, index)),
        get abandoned() {
          return receiver.abandoned;
        },
      };
      this.onSend(operation, index);
      const changed = this.change(operation, index);
      if (changed === undefined) listening.receive(nodeIndex, UNHEARD);
      else node.send(changed, listening, nodeIndex);
    };
    return new Proxy(node, {
      get(target, name) {
        if (name === "send") return send;
        const member: unknown = Reflect.get(target, name, target);
        return typeof member === "function" ? (member.bind(target) as unknown) : member;
      },
    });
  }

  /** Sends an operation behind the library's back, on the same connection. */
  ask(index: number, operation: Operation): Promise<Vote> {
    return new Promise((resolve) => {
      this.#nodes[index]!.send(operation, { abandoned: false, receive: (_index, vote) => resolve(vote) }, index);
    });
  }
}
