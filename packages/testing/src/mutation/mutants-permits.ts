/** Bugs in what is held as some of K permits: each guard of them, taken away. */
import type { Mutant } from "./mutant.ts";

const BESIDE = "testing/src/sim/node-beside.ts";
const BESIDE_RELEASE = "testing/src/sim/node-beside-release.ts";
const HOLDERS = "testing/src/sim/node-holders.ts";
const PERMITS = "redlock/src/core/permits.ts";
const HELD_BESIDE = "redlock/src/lock/beside.ts";

export const PERMIT_MUTANTS: readonly Mutant[] = [
  {
    name: "nobody is called when a permit is given back",
    edits: [
      {
        file: BESIDE_RELEASE,
        find: 'else if (side.mode === "permits" && isOurs) callPermits(',
        replace: 'else if (side.mode === "permits" && isOurs && fence < 0) callPermits(',
      },
    ],
    profile: "permits waiting",
  },
  {
    name: "a permit that is taken counts as free",
    edits: [{ file: BESIDE, find: "numbers.filter((slot) => !taken.has(slot))", replace: "numbers.slice()" }],
    profile: "permits",
  },
  {
    name: "a permit is given below its latest holder's token",
    edits: [
      {
        file: BESIDE,
        find: "free.filter((slot) => (latest.get(slot)?.fence ?? 0) < fence)",
        replace: "free.filter((slot) => (latest.get(slot)?.fence ?? 0) < Infinity)",
      },
    ],
    profile: "permits",
  },
  {
    name: "a node that gave other permits counts",
    edits: [
      {
        file: HELD_BESIDE,
        find: "if (!this.isStray(vote)) return vote;",
        replace: "if (vote !== null) return vote;",
      },
    ],
    profile: "permits",
  },
  {
    name: "a node that has other permits extends them",
    edits: [
      {
        file: BESIDE,
        find: "return own.length !== operation.slots!.length || !own.every((slot) => operation.slots!.includes(slot));",
        replace: "return own.length === 0;",
      },
      {
        file: HELD_BESIDE,
        find: 'return "slots" in terms && vote?.outcome === "granted" && !isSameSlots(vote.slots, terms.slots);',
        replace: "return false;",
      },
    ],
    profile: "permits",
  },
  {
    name: "a permit that was moved keeps its old number",
    edits: [
      {
        file: HOLDERS,
        find: "  for (const [slot, known] of latest) if (known.token === token) map.set(String(slot), `${known.fence} `);\n",
        replace: "",
      },
    ],
    profile: "permits waiting",
  },
  {
    name: "strays are not moved",
    edits: [
      {
        file: "redlock/src/lock/heal.ts",
        find: 'if (heldLock.state === "held" && beside?.isStray(vote) === true) sendHeal(',
        replace: 'if (heldLock.state !== "held" && beside?.isStray(vote) === true) sendHeal(',
      },
    ],
    profile: "permits waiting",
  },
  {
    name: "permits are counted: any majority will do",
    edits: [
      {
        file: PERMITS,
        find: "  return most !== undefined && most.count >= quorum ? most.slots : undefined;",
        replace: "  return quorum > 0 ? most?.slots : undefined;",
      },
      {
        file: PERMITS,
        find: "const most = countsOf(givenIn(votes))[0]?.count ?? 0;",
        replace: 'const most = votes.filter((vote) => vote?.outcome === "granted").length;',
      },
      {
        file: HELD_BESIDE,
        find: "if (!this.isStray(vote)) return vote;",
        replace: "if (vote !== null) return vote;",
      },
    ],
    profile: "permits",
  },
];
