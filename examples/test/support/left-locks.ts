/** What is left of locks after their processes have ended. */
import type { Fleet } from "@quorate/testing";

/**
 * The keys that a quorum of nodes still has. A process may end before the slowest nodes have got its release: there the
 * key ends with its TTL, and blocks nobody until then.
 */
export async function locksLeft(fleet: Fleet): Promise<string[]> {
  const found = (await fleet.lockKeys()).map(({ key }) => key);
  const quorum = Math.floor(fleet.servers.length / 2) + 1;
  return [...new Set(found)].filter((key) => found.filter((each) => each === key).length >= quorum);
}
