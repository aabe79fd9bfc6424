/** The `cause` of an `ExecutionError`: its own text is node-redlock's, and explains nothing. */
import { ResourceLockedError } from "./errors.ts";
import type { Fleet } from "./fleet.ts";
import type { Client, ExecutionStats } from "./stats.ts";

/** What each node said in the last try, in one line. */
export async function explain(
  fleet: Fleet,
  { attempts, tryCount }: { readonly attempts: readonly Promise<ExecutionStats>[]; readonly tryCount: number },
): Promise<Error | undefined> {
  const last = await attempts.at(-1);
  if (last === undefined) return undefined;
  const told = new Map<string, string[]>();
  for (const [client, error] of last.votesAgainst) {
    const name = nameOf(fleet, client);
    const said = textOf(error, name);
    told.set(said, [...(told.get(said) ?? []), name]);
  }
  const votes = [...told].map(([said, names]) => `${names.join(", ")}: ${said}`);
  const tries = tryCount === 1 ? "in the only try" : `in the last of ${tryCount} tries`;
  return new Error(
    `${last.votesFor.size} of ${last.membershipSize} nodes voted for it ${tries}, and ${last.quorumSize} must. ${votes.join("; ")}`,
  );
}

function nameOf(fleet: Fleet, client: Client): string {
  return fleet.set.nodes[fleet.clients.indexOf(client)]!.name;
}

function textOf(error: Error, name: string): string {
  if (error instanceof ResourceLockedError) return "a resource is held by another value, or no longer by this one";
  // Errors that are not the client's own begin with the node's name already.
  return error.message.startsWith(`${name}: `) ? error.message.slice(name.length + 2) : error.message;
}
