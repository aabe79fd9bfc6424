/**
 * Each guard switched off, in a configuration in which the exploration must then find a broken promise. A guard that
 * could be switched off unnoticed would be of no use, or the model blind to what it is for.
 */
import type { Guards } from "./protocol/guards.ts";
import type { Shape } from "./protocol/layout.ts";
import type { Features } from "./protocol/features.ts";

export interface Control {
  readonly off: readonly (keyof Guards)[];
  readonly shape: Shape;
  readonly features: Features;
}

const plain: Features = { line: false, heal: false, lateAnswers: false };
const one = { nodes: 3, attempts: 1, highestFence: 2, losses: 0 };
const asks: Control = { off: [], shape: { ...one, rounds: [1, 1] }, features: { ...plain, lateAnswers: true } };
const waits: Control = {
  off: [],
  shape: { ...one, rounds: [2, 2], highestFence: 3 },
  features: { ...plain, line: true },
};

export const controls: readonly Control[] = [
  { ...asks, off: ["majority"] },
  { ...asks, off: ["fence"] },
  { ...asks, off: ["tombstone"] },
  { ...asks, off: ["releaseCompares"] },
  { ...asks, off: ["boundFromSend"] },
  { off: ["freshToken"], shape: { ...one, attempts: 2, rounds: [1, 1] }, features: plain },
  { off: ["extendCompares"], shape: { ...one, rounds: [2, 2] }, features: plain },
  { off: ["onlyLengthens"], shape: { ...one, rounds: [3, 1] }, features: plain },
  { off: ["memoryAgeAtAcquire"], shape: { ...one, rounds: [1, 1], losses: 1 }, features: plain },
  { off: ["memoryAgeAtExtend"], shape: { ...one, rounds: [3, 1], losses: 1 }, features: { ...plain, heal: true } },
  { ...waits, off: ["tombstone"] },
  { ...waits, off: ["placeEnds"] },
  { ...waits, off: ["boundFromSend"] },
  { ...waits, off: ["oneToken"] },
  { ...waits, off: ["higherForNext"] },
  { ...waits, off: ["repeatIsStale"] },
  { ...waits, off: ["claimIsShort"] },
  { off: ["lifeOfMessage"], shape: { ...one, rounds: [1, 1], highestFence: 4, losses: 1 }, features: waits.features },
];
