/** A vote against, as the error that node-redlock would give: the client's own where there is one. */
import type { Refused, Unknown } from "../core/vote.ts";
import { ResourceLockedError } from "./errors.ts";
import type { Fleet } from "./fleet.ts";

export function voteError(vote: Refused | Unknown, fleet: Fleet, node: number, resourceCount: number): Error {
  if (vote.outcome === "refused") {
    return new ResourceLockedError(`The operation was applied to: 0 of the ${resourceCount} requested resources.`);
  }
  if (vote.cause instanceof Error) return vote.cause;
  // What ioredis says to any command on a client that was ended.
  const { status } = fleet.clients[node] as { readonly status?: unknown };
  if (status === "end" || vote.reason === "closed") return new Error("Connection is closed.");
  // The node's own words, unchanged: it answered, so they are not ours.
  if (vote.reason === "error" && vote.evidence !== undefined) return new Error(vote.detail);
  return new Error(`${fleet.set.nodes[node]!.name}: ${vote.detail}`);
}
