/** What `inspect` shows of a resource, as data: the stable JSON, and what the table is made of. */
import { shownToken } from "../../core/token.ts";
import type { LockMode } from "../../core/vote.ts";
import type { HolderView, Inspection, NodeView } from "../../round/inspect.ts";
import type { WaitingFor } from "../doctor/probe/probe-beside.ts";

/** Changes of this only add fields. `null`: unknown, or not there. */
export interface InspectJson {
  readonly version: 1;
  readonly resource: string;
  readonly verdict: Inspection["verdict"];
  readonly mode: LockMode;
  /** The exclusive holder's token, shortened unless `--show-token`. */
  readonly holder: string | null;
  /** Who the exclusive holder says to be. */
  readonly label: string | null;
  /** Who holds it together; empty in the mode "exclusive". */
  readonly holders: readonly HolderJson[];
  /** In how long at most enough nodes are free, unless the holder extends. */
  readonly remainingMs: number | null;
  /** Who waits for what, in order, as the node with the longest line has it; `null` where that may not be asked. */
  readonly waiters: readonly WaitingFor[] | null;
  readonly nodes: readonly NodeJson[];
}

export interface HolderJson {
  readonly holder: string;
  readonly label: string | null;
  /** Of permits, which numbers. */
  readonly permits: readonly number[];
  readonly remainingMs: number | null;
}

export interface NodeJson {
  readonly node: string;
  readonly answered: boolean;
  readonly mode: LockMode | null;
  readonly holder: string | null;
  readonly label: string | null;
  readonly holders: readonly HolderJson[];
  readonly remainingMs: number | null;
  /** The highest that the node remembers: the holder's, or that of a caller that has tried since. */
  readonly fencingToken: number | null;
  /** Who stands in the node's line. */
  readonly waiting: number | null;
  /** For how long it has kept its memory, at least. */
  readonly memoryAgeMs: number | null;
  readonly detail: string;
}

type Show = (token: string) => string;

export function inspectJson(
  inspection: Inspection,
  waiters: readonly WaitingFor[] | undefined,
  showToken: boolean,
): InspectJson {
  const shown: Show = showToken ? (token) => token : shorten;
  const { resource, verdict, mode, token, nodes } = inspection;
  return {
    version: 1,
    resource,
    verdict,
    mode,
    holder: token === undefined ? null : shown(token),
    label: inspection.label ?? null,
    holders: inspection.holders.map((holder) => holderJson(holder, shown)).toSorted(byPermit),
    remainingMs: finite(inspection.remainingMs),
    waiters: waiters ?? null,
    nodes: nodes.map((node) => nodeJson(node, shown)),
  };
}

function nodeJson(node: NodeView, shown: Show): NodeJson {
  const { answered, waiterCount, mode, token, holders } = node;
  return {
    node: node.node,
    answered,
    mode: answered ? mode : null,
    holder: token === undefined ? null : shown(token),
    label: node.label ?? null,
    holders: holders.map((holder) => holderJson(holder, shown)).toSorted(byPermit),
    remainingMs: answered ? finite(node.remainingMs) : null,
    fencingToken: node.fencingToken ?? null,
    waiting: answered ? waiterCount : null,
    memoryAgeMs: node.memoryAgeMs ?? null,
    detail: node.detail,
  };
}

function holderJson({ token, label, permits, remainingMs }: HolderView, shown: Show): HolderJson {
  return { holder: shown(token), label: label ?? null, permits, remainingMs: finite(remainingMs) };
}

function byPermit(one: HolderJson, other: HolderJson): number {
  return (one.permits[0] ?? 0) - (other.permits[0] ?? 0);
}

/** JSON knows no Infinity; a key without a TTL has no end that could be told. */
function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Who has a token can release the lock, so no more of it than tells two holders apart. */
function shorten(token: string): string {
  const shown = shownToken(token);
  return shown === token ? token : `${shown}…`;
}
