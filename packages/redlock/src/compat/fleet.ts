/**
 * The nodes behind a list of clients. Everybody who brings the same clients gets the same nodes: some apps make a
 * `Redlock` per request, and each would otherwise leave its listeners on the clients for ever.
 */
import { EventEmitter } from "node:events";
import process from "node:process";
import type { Holding } from "../core/holding.ts";
import type { Vote } from "../core/vote.ts";
import { guard } from "../round/admit.ts";
import { NodeSet } from "../round/nodes.ts";
import { adaptClients, isAdaptable, type RedisClient } from "../node/adapt.ts";
import { describeForeignClient } from "../node/ioredis/client.ts";
import { RenewalThrottle } from "../lock/renewal-throttle.ts";
import type { Node } from "../node/node.ts";
import type { RedlockEvents } from "../observe/events.ts";
import { reporterOf } from "../observe/reporter.ts";
import type { WarningEvent } from "../observe/warn.ts";
import { resolveOptions } from "../options/resolve.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { ScriptedNode } from "./scripted-node.ts";
import { resolveScripts, type Scripts } from "./scripts.ts";
import type { MergedSettings } from "./settings.ts";

/** Of any library, or a node in memory; or what only looks like ioredis to those who call it, as a mock does. */
export type AnyClient = RedisClient | Node;

export interface Fleet {
  readonly clients: readonly AnyClient[];
  readonly set: NodeSet;
  /** Shared by all who brought these clients. */
  readonly renewals: RenewalThrottle;
  /** Tries that some nodes have not voted on yet; each settles within a node timeout. */
  readonly underWay: Set<Promise<unknown>>;
  /** Of releases that still wait at their gate: each settles when its first try begins. */
  readonly waitingReleases: Set<Promise<void>>;
  /** Tells about a vote against, or what else went wrong without anybody waiting for it. */
  report(error: Error): void;
}

const known = new WeakMap<AnyClient, NodeSet[]>();
const clientsOf = new WeakMap<NodeSet, readonly AnyClient[]>();
const renewalsOf = new WeakMap<NodeSet, RenewalThrottle>();

/** `scripts`: only where the user brought some of their own. */
export function fleetOf(
  clients: readonly AnyClient[],
  scripts: Scripts | undefined,
  runtime: Runtime,
  report: (error: Error) => void,
): Fleet {
  clients.forEach((client: unknown, index) => {
    if (typeof client === "object" && client !== null) return;
    throw new TypeError(`Redlock: clients[${index}] ${describeForeignClient(client)}.`);
  });
  if (scripts !== undefined) {
    const nodes = clients.map((client) => new ScriptedNode(client, scripts));
    return fleetFrom(clients, makeSet(nodes, runtime), report);
  }
  const beside = known.get(clients[0]!) ?? [];
  known.set(clients[0]!, beside);
  let set = beside.find((each) => isSame(clientsOf.get(each)!, clients) && each.runtime === runtime);
  if (set === undefined) {
    set = makeSet(adaptClients(clients.map(withScripts), runtime), runtime);
    tellOfScripted(clients, set);
    clientsOf.set(set, clients);
    beside.push(set);
  }
  return fleetFrom(clients, set, report);
}

function fleetFrom(clients: readonly AnyClient[], set: NodeSet, report: (error: Error) => void): Fleet {
  let renewals = renewalsOf.get(set);
  if (renewals === undefined) renewalsOf.set(set, (renewals = new RenewalThrottle(set.runtime)));
  return { clients, set, renewals, underWay: new Set(), waitingReleases: new Set(), report };
}

/** The vote as it counts; `holding`: of a lock that is held already. */
export function admitOn(
  { set }: Fleet,
  { restartGuardMs = 0, driftFactor }: MergedSettings,
  node: number,
  vote: Vote,
  holding?: Holding,
): Vote {
  const conflict = vote.evidence === undefined ? undefined : set.independence.identify(node, vote.evidence);
  // node-redlock takes databases of one server for nodes; so does this, but says so.
  if (conflict !== undefined && vote.outcome === "granted") {
    const remedy = "One failure takes both votes: give one client per independent master.";
    set.reporter.warn("NOT_INDEPENDENT", `The nodes are not independent: ${conflict}. ${remedy}`);
  }
  return guard(set, [restartGuardMs, driftFactor], node, vote, holding);
}

/** After `quit`: an app that brings these clients again, once they are connected again, gets new nodes. */
export function forget({ clients, set }: Fleet): void {
  const beside = known.get(clients[0]!);
  const at = beside?.indexOf(set) ?? -1;
  if (at >= 0) beside!.splice(at, 1);
}

function makeSet(nodes: readonly Node[], runtime: Runtime): NodeSet {
  const options = resolveOptions({ name: "redlock-compat" });
  const emitter = new EventEmitter<RedlockEvents>().on("warning", warnOnce);
  return new NodeSet(nodes, runtime, options, reporterOf(emitter, options, runtime));
}

const warned = new Set<string>();

/** An app that comes over has all its clients set up alike: it is told once in a process. */
function warnOnce({ code, message }: WarningEvent): void {
  if (warned.has(code)) return;
  warned.add(code);
  process.emitWarning(message, { type: "RedlockWarning", code });
}

/** What is no client of a library that is known here may still run scripts, as ioredis-mock does: node-redlock asks no more. */
function withScripts(client: AnyClient): AnyClient {
  return isAdaptable(client) ? client : new ScriptedNode(client, resolveScripts());
}

function tellOfScripted(clients: readonly AnyClient[], { reporter }: NodeSet): void {
  const index = clients.findIndex((client) => !isAdaptable(client));
  if (index === -1) return;
  reporter.warn(
    "UNKNOWN_CLIENT",
    `clients[${index}] is of no library that is known here: plain scripts run on it, one command at a time, without ` +
      "fencing, restart guard and rollback of what is still under way. That is enough for a mock.",
  );
}

function isSame(these: readonly AnyClient[], those: readonly AnyClient[]): boolean {
  return these.length === those.length && these.every((client, index) => client === those[index]);
}
