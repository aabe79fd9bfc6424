/** Who may hold a resource beside whom, by what they asked for. */
import type { Hold } from "../history/hold.ts";

export type Mode = "exclusive" | "shared" | "permits";

/** How it was held at a moment. */
export function modeOf({ permits, shared, sharedFromMs }: Hold, resource: string, atMs: number): Mode {
  if (permits !== undefined) return "permits";
  return shared.includes(resource) || atMs >= sharedFromMs ? "shared" : "exclusive";
}

/**
 * Whether they could not hold it at that moment both: readers can, and those whose permits have no number in common. Two
 * handles with one token are one lock.
 */
export function excludes(one: Hold, other: Hold, resource: string, atMs: number): boolean {
  if (one.token === other.token) return false;
  const [first, second] = [modeOf(one, resource, atMs), modeOf(other, resource, atMs)];
  if (first === "exclusive" || first !== second) return true;
  return first === "permits" && commonNumbers(one, other).length > 0;
}

export function commonNumbers(one: Hold, other: Hold): number[] {
  return (one.permits?.numbers ?? []).filter((number) => other.permits?.numbers.includes(number) === true);
}
