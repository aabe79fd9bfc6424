/** What `inspect` shows of a resource, as data: the stable JSON, and what the table is made of. */
import { shownToken } from "../../core/token.ts";
import type { Inspection, NodeView } from "../../round/inspect.ts";

/** Changes of this only add fields. `null`: unknown, or not there. */
export interface InspectJson {
  readonly version: 1;
  readonly resource: string;
  readonly verdict: Inspection["verdict"];
  /** The holder's token, shortened unless `--show-token`. */
  readonly holder: string | null;
  /** Who the holder says to be. */
  readonly label: string | null;
  /** In how long at most enough nodes are free, unless the holder extends. */
  readonly remainingMs: number | null;
  readonly nodes: readonly NodeJson[];
}

export interface NodeJson {
  readonly node: string;
  readonly answered: boolean;
  readonly holder: string | null;
  readonly label: string | null;
  readonly remainingMs: number | null;
  /** The highest that the node remembers: the holder's, or that of a caller that has tried since. */
  readonly fencingToken: number | null;
  /** Who stands in the node's line. */
  readonly waiting: number | null;
  /** For how long it has kept its memory, at least. */
  readonly memoryAgeMs: number | null;
  readonly detail: string;
}

export function inspectJson(inspection: Inspection, showToken: boolean): InspectJson {
  const shown = (token: string | undefined): string | null =>
    token === undefined ? null : showToken ? token : shorten(token);
  const { resource, verdict, token, nodes } = inspection;
  return {
    version: 1,
    resource,
    verdict,
    holder: shown(token),
    label: inspection.label ?? null,
    remainingMs: finite(inspection.remainingMs),
    nodes: nodes.map((node) => nodeJson(node, shown)),
  };
}

function nodeJson(
  { node, answered, token, label, remainingMs, fencingToken, waiterCount, memoryAgeMs, detail }: NodeView,
  shown: (token: string | undefined) => string | null,
): NodeJson {
  return {
    node,
    answered,
    holder: shown(token),
    label: label ?? null,
    remainingMs: answered ? finite(remainingMs) : null,
    fencingToken: fencingToken ?? null,
    waiting: answered ? waiterCount : null,
    memoryAgeMs: memoryAgeMs ?? null,
    detail,
  };
}

/** JSON knows no Infinity; a key without a TTL has no end that could be told. */
function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Who has a token can release the lock, so no more of it than tells two holders apart. */
export function shorten(token: string): string {
  const shown = shownToken(token);
  return shown === token ? token : `${shown}…`;
}
