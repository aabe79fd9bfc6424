/** What is explored: each to the end. Small ones run in `npm test`. */
import type { Shape } from "./protocol/layout.ts";
import type { Features } from "./protocol/features.ts";

export interface Configuration {
  readonly name: string;
  /** What is in it that the others do not have. */
  readonly about: string;
  readonly shape: Shape;
  readonly features: Features;
  readonly isQuick: boolean;
}

const plain: Features = { line: false, heal: false, lateAnswers: false };
const three = { nodes: 3, attempts: 1, losses: 0 };

export const configurations: readonly Configuration[] = [
  {
    name: "acquire",
    about: "two callers, one round each; answers late, lost or out of order",
    shape: { ...three, rounds: [1, 1], highestFence: 2 },
    features: { ...plain, lateAnswers: true },
    isQuick: true,
  },
  {
    name: "extend",
    about: "two callers that extend once",
    shape: { ...three, rounds: [2, 2], highestFence: 2 },
    features: plain,
    isQuick: true,
  },
  {
    name: "late extends",
    about: "one caller extends twice, beside one that asks; answers late",
    shape: { ...three, rounds: [3, 1], highestFence: 2 },
    features: { ...plain, lateAnswers: true },
    isQuick: false,
  },
  {
    name: "try again",
    about: "two callers, each with a second attempt behind the end of its first",
    shape: { ...three, attempts: 2, rounds: [1, 1], highestFence: 2 },
    features: plain,
    isQuick: false,
  },
  {
    name: "heal",
    about: "holders make their key again where it is gone",
    shape: { ...three, rounds: [2, 2], highestFence: 2 },
    features: { ...plain, heal: true },
    isQuick: false,
  },
  {
    name: "memory loss",
    about: "a node restarts empty, is flushed, or another server takes its address; answers late",
    shape: { ...three, rounds: [1, 1], highestFence: 2, losses: 1 },
    features: { ...plain, lateAnswers: true },
    isQuick: false,
  },
  {
    name: "memory loss and extend",
    about: "the same while both extend",
    shape: { ...three, rounds: [2, 2], highestFence: 2, losses: 1 },
    features: plain,
    isQuick: false,
  },
  {
    name: "memory loss and heal",
    about: "the same, and the holder makes its key again on the node that forgot",
    shape: { ...three, rounds: [3, 1], highestFence: 2, losses: 1 },
    features: { ...plain, heal: true },
    isQuick: false,
  },
  {
    name: "three callers",
    about: "three callers, one round each",
    shape: { ...three, rounds: [1, 1, 1], highestFence: 3 },
    features: plain,
    isQuick: false,
  },
  {
    name: "hand-over",
    about: "a waiter in line gets the lock inside a release, asks again, or extends what it got",
    shape: { ...three, rounds: [1, 2], highestFence: 3 },
    features: { ...plain, line: true },
    isQuick: false,
  },
  {
    name: "hand-over both ways",
    about: "either may be the waiter, and ask twice",
    shape: { ...three, rounds: [2, 2], highestFence: 2 },
    features: { ...plain, line: true },
    isQuick: false,
  },
  {
    name: "hand-over and memory loss",
    about: "a node forgets the line, the lock and the waiter",
    shape: { ...three, rounds: [1, 1], highestFence: 3, losses: 1 },
    features: { ...plain, line: true },
    isQuick: false,
  },
  {
    name: "hand-over on one node of one",
    about: "three callers in one line",
    shape: { ...three, nodes: 1, rounds: [2, 1, 1], highestFence: 3 },
    features: { ...plain, line: true },
    isQuick: false,
  },
];
