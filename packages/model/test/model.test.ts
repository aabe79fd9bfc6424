import { expect, test } from "vitest";
import { configurations } from "../src/configurations.ts";
import { controls } from "../src/controls.ts";
import { explore } from "../src/explore/explore.ts";
import { allGuards } from "../src/protocol/guards.ts";
import { Protocol } from "../src/protocol/protocol.ts";

test.each(configurations.filter(({ isQuick }) => isQuick))(
  "no order of messages breaks a promise: $name",
  ({ shape, features }) => {
    const { outcome, violation } = explore(new Protocol(shape, features, allGuards), 1_000_000);
    expect(violation).toBeUndefined();
    expect(outcome).toBe("complete");
  },
);

const quick = ["majority", "fence", "tombstone", "releaseCompares", "boundFromSend", "freshToken", "extendCompares"];

test.each(controls.filter(({ off, features }) => !features.line && quick.includes(off[0]!)))(
  "without its guard $off the model finds a broken promise, and tells the shortest way to it",
  ({ off, shape, features }) => {
    const guards = { ...allGuards, [off[0]!]: false };
    const { outcome, violation } = explore(new Protocol(shape, features, guards), 20_000);
    expect(outcome).toBe("violation");
    expect(violation!.story[0]).toBe("A asks all nodes, token 0, fencing token 1");
  },
);
