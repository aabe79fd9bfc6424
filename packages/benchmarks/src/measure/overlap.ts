/** Whether holds of one resource, told by processes that share a clock, ever overlapped. */

/** One hold after the other: entered, left, entered, left ... in milliseconds of a clock that all processes share. */
export type Holds = Float64Array;

/** How many holds began before an earlier one had ended. */
export function countOverlaps(holdsOfProcesses: readonly Holds[]): number {
  const holds: { readonly entered: number; readonly left: number }[] = [];
  for (const list of holdsOfProcesses) {
    for (let at = 0; at + 1 < list.length; at += 2) holds.push({ entered: list[at]!, left: list[at + 1]! });
  }
  holds.sort((a, b) => a.entered - b.entered);
  let overlapCount = 0;
  let latestLeft = -Infinity;
  for (const { entered, left } of holds) {
    if (entered < latestLeft) overlapCount += 1;
    latestLeft = Math.max(latestLeft, left);
  }
  return overlapCount;
}
