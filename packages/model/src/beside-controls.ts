/** The guards of those who hold together, each switched off; see controls.ts. */
import type { Control } from "./controls.ts";
import type { Mode } from "./protocol/beside-layout.ts";
import type { Features } from "./protocol/features.ts";

const plain: Features = { line: false, heal: false, lateAnswers: false };
const one = { nodes: 3, attempts: 1, highestFence: 2, losses: 0 };

const pair = (modes: readonly Mode[], rounds: readonly number[] = [1, 1]): Control => ({
  off: [],
  shape: { ...one, rounds, modes, permits: 1 },
  features: plain,
});
const readerAndWriter = pair(["shared", "exclusive"]);
const permits: readonly Mode[] = ["permits", "permits", "permits"];

export const besideControls: readonly Control[] = [
  { ...readerAndWriter, off: ["majority"] },
  { ...readerAndWriter, off: ["marker"] },
  { ...readerAndWriter, off: ["aboveBase"] },
  { ...readerAndWriter, off: ["buriesToken"] },
  { ...readerAndWriter, off: ["boundFromSend"] },
  { ...pair(["shared", "exclusive"], [3, 1]), off: ["onlyLengthens"] },
  { ...pair(["shared", "shared"]), off: ["lastsAsLongest"] },
  { ...pair(["exclusive", "shared"], [2, 1]), features: { ...plain, share: true }, off: ["sharesFromCall"] },
  { ...readerAndWriter, shape: { ...readerAndWriter.shape, losses: 1 }, off: ["memoryAgeAtAcquire"] },
  { ...pair(["permits", "permits"]), off: ["buriesToken"] },
  {
    // To count what each node has given, and take a majority: floor(3 nodes * 2 permits / 2) = 3 holders of 2.
    off: ["samePermits"],
    shape: { ...one, highestFence: 1, rounds: [1, 1, 1], modes: permits, permits: 2 },
    features: plain,
  },
  {
    off: ["aboveLatest"],
    shape: { ...one, nodes: 1, rounds: [1, 1, 1], modes: permits, permits: 2 },
    features: plain,
  },
  {
    off: ["ownPermits"],
    shape: { ...one, rounds: [2, 1], modes: ["permits", "permits"], permits: 2 },
    features: { ...plain, heal: true },
  },
];
