/** Whether more than may be held one resource at one time, told by processes that share a clock. */

/** One hold after the other: entered, left, entered, left ... in milliseconds of a clock that all processes share. */
export type Holds = Float64Array;

/** How many holds began while as many earlier ones as may be, one of a lock, had not ended. */
export function countOverlaps(holdsOfProcesses: readonly Holds[], most: number = 1): number {
  return countsAtEntry(holdsOfProcesses).filter((count) => count > most).length;
}

/** How many were held at one time. */
export function mostAtOnce(holdsOfProcesses: readonly Holds[]): number {
  return countsAtEntry(holdsOfProcesses).reduce((most, count) => Math.max(most, count), 0);
}

/** With each hold, in the order in which they began: how many there were with it. */
function countsAtEntry(holdsOfProcesses: readonly Holds[]): number[] {
  const entered: number[] = [];
  const left: number[] = [];
  for (const list of holdsOfProcesses) {
    for (let at = 0; at + 1 < list.length; at += 2) {
      entered.push(list[at]!);
      left.push(list[at + 1]!);
    }
  }
  entered.sort((a, b) => a - b);
  left.sort((a, b) => a - b);
  let leftCount = 0;
  return entered.map((atMs, index) => {
    while (left[leftCount]! <= atMs) leftCount += 1;
    return index + 1 - leftCount;
  });
}
