/**
 * The nodes behind a list of clients. Everybody who brings the same clients gets the same nodes: some apps make a
 * `Redlock` per request, and each would otherwise leave its listeners on the clients for ever.
 */
import { EventEmitter } from "node:events";
import process from "node:process";
import { NodeSet } from "../round/nodes.ts";
import { adaptClients, type RedisClient } from "../node/adapt.ts";
import type { Node } from "../node/node.ts";
import { type RedlockEvents, reporterOf, type WarningEvent } from "../observe/events.ts";
import { resolveOptions } from "../options/resolve.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { ScriptedNode } from "./scripted-node.ts";
import type { Scripts } from "./scripts.ts";

/** An ioredis `Redis` or `Cluster`; the other clients that this library knows are taken too. */
export type Client = RedisClient;

export interface Fleet {
  readonly clients: readonly Client[];
  readonly set: NodeSet;
  /** Tries that some nodes have not voted on yet; each settles within a node timeout. */
  readonly underWay: Set<Promise<unknown>>;
  /** Tells about a vote against, or what else went wrong without anybody waiting for it. */
  report(error: Error): void;
}

const known = new WeakMap<Client, NodeSet[]>();
const clientsOf = new WeakMap<NodeSet, readonly Client[]>();

/** `scripts`: only where the user brought some of their own. */
export function fleetOf(
  clients: readonly Client[],
  scripts: Scripts | undefined,
  runtime: Runtime,
  report: (error: Error) => void,
): Fleet {
  if (scripts !== undefined) {
    const nodes = clients.map((client) => new ScriptedNode(client, scripts));
    return { clients, set: makeSet(nodes, runtime), underWay: new Set(), report };
  }
  const beside = known.get(clients[0]!) ?? [];
  known.set(clients[0]!, beside);
  let set = beside.find((each) => isSame(clientsOf.get(each)!, clients) && each.runtime === runtime);
  if (set === undefined) {
    set = makeSet(adaptClients(clients, runtime), runtime);
    clientsOf.set(set, clients);
    beside.push(set);
  }
  return { clients, set, underWay: new Set(), report };
}

/** After `quit`: whoever brings these clients again, once they are connected again, gets new nodes. */
export function forget({ clients, set }: Fleet): void {
  const beside = known.get(clients[0]!);
  const at = beside?.indexOf(set) ?? -1;
  if (at >= 0) beside!.splice(at, 1);
}

function makeSet(nodes: readonly Node[], runtime: Runtime): NodeSet {
  const options = resolveOptions({ name: "redlock-compat" });
  const emitter = new EventEmitter<RedlockEvents>().on("warning", warnOnce);
  return new NodeSet(nodes, runtime, options, reporterOf(emitter, options));
}

const warned = new Set<string>();

/** An app that comes over has all its clients set up alike: it is told once in a process. */
function warnOnce({ code, message }: WarningEvent): void {
  if (warned.has(code)) return;
  warned.add(code);
  process.emitWarning(message, { type: "RedlockWarning", code });
}

function isSame(these: readonly Client[], those: readonly Client[]): boolean {
  return these.length === those.length && these.every((client, index) => client === those[index]);
}
