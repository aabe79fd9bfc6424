/** What is explored of those who hold together: readers, permits, and a writer that shares. */
import type { Configuration } from "./configurations.ts";
import type { Features } from "./protocol/features.ts";

const plain: Features = { line: false, heal: false, lateAnswers: false };
const lossy: Features = { ...plain, lostAnswers: true };
const three = { nodes: 3, attempts: 1, losses: 0, highestFence: 2 };

export const besideConfigurations: readonly Configuration[] = [
  {
    name: "shared",
    about: "a reader and a writer, one round each; answers lost, and acquires sent again",
    shape: { ...three, rounds: [1, 1], modes: ["shared", "exclusive"] },
    features: lossy,
    isQuick: true,
  },
  {
    name: "shared, late answers",
    about: "the same, and answers out of order",
    shape: { ...three, rounds: [1, 1], modes: ["shared", "exclusive"] },
    features: { ...lossy, lateAnswers: true },
    isQuick: false,
  },
  {
    name: "shared and extend",
    about: "both extend once",
    shape: { ...three, rounds: [2, 2], modes: ["shared", "exclusive"] },
    features: plain,
    isQuick: false,
  },
  {
    name: "two readers",
    about: "each with its own end; answers lost",
    shape: { ...three, rounds: [1, 1], modes: ["shared", "shared"] },
    features: lossy,
    isQuick: false,
  },
  {
    name: "two readers and a writer",
    about: "one round each",
    shape: { ...three, rounds: [1, 1, 1], modes: ["shared", "shared", "exclusive"] },
    features: plain,
    isQuick: false,
  },
  {
    name: "from writer to reader",
    about: "a writer shares what it has, beside a reader and another writer",
    shape: { ...three, rounds: [2, 1, 1], modes: ["exclusive", "shared", "exclusive"] },
    features: { ...plain, share: true },
    isQuick: false,
  },
  {
    name: "shared and heal",
    about: "a reader and a writer extend, and make again what is gone",
    shape: { ...three, rounds: [2, 2], modes: ["shared", "exclusive"] },
    features: { ...plain, heal: true },
    isQuick: false,
  },
  {
    name: "shared and memory loss",
    about: "the same with a node that forgets, without heals",
    shape: { ...three, rounds: [2, 2], modes: ["shared", "exclusive"], losses: 1 },
    features: plain,
    isQuick: false,
  },
  {
    name: "shared, memory loss and heal",
    about: "a reader makes its hold again on the node that forgot",
    shape: { ...three, rounds: [3, 1], modes: ["shared", "exclusive"], losses: 1 },
    features: { ...plain, heal: true },
    isQuick: false,
  },
  {
    name: "shared and hand-over",
    about: "a reader and a writer in line: the writer gets the key inside the reader's release",
    shape: { ...three, rounds: [1, 1], modes: ["shared", "exclusive"] },
    features: { ...plain, line: true },
    isQuick: false,
  },
  {
    name: "one permit",
    about: "two callers, one round each; answers lost",
    shape: { ...three, rounds: [1, 1], modes: ["permits", "permits"], permits: 1 },
    features: lossy,
    isQuick: true,
  },
  {
    name: "one permit and memory loss",
    about: "a node forgets who has it",
    shape: { ...three, rounds: [1, 1], modes: ["permits", "permits"], permits: 1, losses: 1 },
    features: plain,
    isQuick: false,
  },
  {
    name: "two permits",
    about: "two callers, each from any number on",
    shape: { ...three, rounds: [1, 1], modes: ["permits", "permits"], permits: 2 },
    features: plain,
    isQuick: false,
  },
  {
    name: "two permits, moved",
    about: "one extends, and moves a node that gave it another number",
    shape: { ...three, rounds: [2, 1], modes: ["permits", "permits"], permits: 2 },
    features: { ...plain, heal: true },
    isQuick: false,
  },
  {
    name: "two permits for three",
    about: "three callers whose fencing tokens are equal, each from the first number on",
    shape: {
      ...three,
      rounds: [1, 1, 1],
      modes: ["permits", "permits", "permits"],
      permits: 2,
      highestFence: 1,
      starts: 1,
    },
    features: plain,
    isQuick: false,
  },
  {
    name: "two permits for three on one node of one",
    about: "three callers; answers lost",
    shape: {
      ...three,
      nodes: 1,
      rounds: [1, 1, 1],
      modes: ["permits", "permits", "permits"],
      permits: 2,
      highestFence: 3,
    },
    features: lossy,
    isQuick: false,
  },
  {
    name: "a permit and a writer",
    about: "each keeps the other out",
    shape: { ...three, rounds: [1, 1], modes: ["permits", "exclusive"], permits: 1 },
    features: lossy,
    isQuick: true,
  },
];
