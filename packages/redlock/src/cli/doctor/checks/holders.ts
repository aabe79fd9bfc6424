/** Locks that have been held for long: their holder may hang, or have been forgotten. */
import { labelOf } from "../../../core/token.ts";
import { hashOf } from "../../../observe/tracing.ts";
import { showDuration } from "../../settings/duration.ts";
import { quote, quoteOperand } from "../../../errors/quote.ts";
import type { FleetFacts, HeldKey, RunConnection } from "../facts.ts";
import type { Finding } from "../finding.ts";

/** One token on one key, over all nodes. */
interface Hold {
  readonly resource: string;
  readonly keys: HeldKey[];
  readonly nodes: string[];
}

export function checkHolders(fleet: FleetFacts): Finding[] {
  const holds = holdsOf(fleet);
  const runs = fleet.nodes.flatMap(({ runs }) => runs);
  return [...holds.flatMap((hold) => judge(hold, fleet, runs)), ...scanCut(fleet)];
}

function holdsOf({ nodes, keyPrefix }: FleetFacts): Hold[] {
  const holds = new Map<string, Hold>();
  for (const { node, heldKeys } of nodes) {
    for (const held of heldKeys) {
      const name = JSON.stringify([held.key, held.token]);
      const hold = holds.get(name) ?? { resource: held.key.slice(keyPrefix.length), keys: [], nodes: [] };
      holds.set(name, hold);
      hold.keys.push(held);
      hold.nodes.push(node);
    }
  }
  return [...holds.values()];
}

function judge(hold: Hold, fleet: FleetFacts, runs: readonly RunConnection[]): Finding[] {
  const { resource, keys, nodes } = hold;
  const name = JSON.stringify(resource);
  const release = `npx redlock release --force${prefix(fleet)} --nodes ${quote(fleet.nodesArgument)} ${quoteOperand(resource)}`;
  if (keys.some(({ remainingMs }) => remainingMs === Infinity)) {
    return [
      {
        severity: "error",
        code: "NO_TTL",
        nodes,
        problem: `The lock key of ${name} has no TTL: if its holder is gone, nobody will ever get it.`,
        remedy: "Find out who wrote it (this library always sets a TTL), then take it away.",
        commands: [release],
      },
    ];
  }
  const run = runs.filter(({ resourceHashes }) => resourceHashes.includes(hashOf(resource).slice(0, 8)));
  const oldest = run.toSorted((a, b) => b.ageMs - a.ageMs)[0];
  const ageMs = Math.max(heldForMs(keys, fleet.nowMs), oldest?.ageMs ?? 0);
  if (nodes.length < fleet.quorum || ageMs < fleet.heldOverMs) return [];
  const holder =
    oldest === undefined ? "" : ` redlock run is connected for it from ${oldest.host}, process ${oldest.pid}.`;
  const label = labelOf(keys[0]!.token);
  const end = oldest === undefined ? "end its holder" : `end it on ${oldest.host} (kill ${oldest.pid})`;
  return [
    {
      severity: "warning",
      code: "HELD_LONG",
      nodes,
      problem: `${name} has been held${label === undefined ? "" : ` by ${label}`} for ${showDuration(ageMs)} or longer, and is still being extended.${holder}`,
      remedy: `If nobody should hold it any more, ${end}, or take it away.`,
      commands: [release],
    },
  ];
}

function prefix({ keyPrefix }: FleetFacts): string {
  return keyPrefix === "" ? "" : ` --key-prefix ${quote(keyPrefix)}`;
}

/**
 * A fencing token is the time of its making in µs. Those who tried since have raised the fence of some nodes, so the
 * lowest is the nearest to the holder's: it has held at least that long.
 */
function heldForMs(keys: readonly HeldKey[], nowMs: number): number {
  const fences = keys.map(({ fence }) => fence).filter((fence) => fence > 0);
  return fences.length === 0 ? 0 : Math.max(0, nowMs - Math.min(...fences) / 1_000);
}

function scanCut({ nodes }: FleetFacts): Finding[] {
  const cut = nodes.filter(({ isScanCut }) => isScanCut).map(({ node }) => node);
  if (cut.length === 0) return [];
  return [
    {
      severity: "notice",
      code: "NOT_ALL_KEYS",
      nodes: cut,
      problem:
        "Not all keys were looked at (too many, or SCAN is not permitted): a lock held for long may be missing here.",
      remedy: "Name the resources: redlock doctor RESOURCE...",
    },
  ];
}
