/** What a fault can see: one message between a caller and a node, on real servers and in the simulator alike. */

/** One message as rules see it, before it arrives. */
export interface Message {
  /** The node's place in the fleet, from 0. */
  readonly node: number;
  /** Who talks to the node; "" where the rig does not tell callers apart. */
  readonly peer: string;
  /** The connection that carries the message. Later connections have higher numbers, over all nodes and peers. */
  readonly connection: number;
  /** request: to the node. reply: from it, also what it says unasked. */
  readonly direction: "request" | "reply";
  /**
   * What the message is about, where the rig knows: the kind of the first of the lock's operations in it, e.g.
   * "acquire", or else a command's name in lower case. A reply has that of the request that it answers, and what a server
   * says unasked that of its last answer. A connection that is being made is a request `connectOperation`; the news that the other
   * side has closed it is a `closeOperation` in the direction it travels. Both carry no bytes.
   */
  readonly operation?: string | undefined;
  readonly byteLength: number;
}

/** The `operation` of a request to make a connection. */
export const connectOperation = "connect";
/** The `operation` of the news that the other side has closed the connection. */
export const closeOperation = "close";

/** Which messages a fault is about: those for which every field that is given fits. `{}` is all of them. */
export interface Scope {
  readonly nodes?: readonly number[];
  readonly peers?: readonly string[];
  readonly direction?: "request" | "reply";
  readonly operation?: string;
}

export function isInScope(message: Message, scope: Scope): boolean {
  return (
    (scope.nodes === undefined || scope.nodes.includes(message.node)) &&
    (scope.peers === undefined || scope.peers.includes(message.peer)) &&
    (scope.direction === undefined || scope.direction === message.direction) &&
    (scope.operation === undefined || scope.operation === message.operation)
  );
}

/** Whether the message says something, as opposed to making or closing a connection. */
export function carriesBytes(message: Message): boolean {
  return message.operation !== connectOperation && message.operation !== closeOperation;
}
