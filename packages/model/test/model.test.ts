import { expect, test } from "vitest";
import { besideConfigurations } from "../src/beside-configurations.ts";
import { besideControls } from "../src/beside-controls.ts";
import { configurations } from "../src/configurations.ts";
import { type Control, controls } from "../src/controls.ts";
import { explore } from "../src/explore/explore.ts";
import { allGuards } from "../src/protocol/guards.ts";
import { Protocol } from "../src/protocol/protocol.ts";

test.each([...configurations, ...besideConfigurations].filter(({ isQuick }) => isQuick))(
  "no order of messages breaks a promise: $name",
  ({ shape, features }) => {
    const { outcome, violation } = explore(new Protocol(shape, features, allGuards), 1_000_000);
    expect(violation).toBeUndefined();
    expect(outcome).toBe("complete");
  },
);

const withoutGuard = ({ off, shape, features }: Control, mostStates: number) =>
  explore(new Protocol(shape, features, { ...allGuards, [off[0]!]: false }), mostStates);
const quick = ["majority", "fence", "tombstone", "releaseCompares", "boundFromSend", "freshToken", "extendCompares"];

test.each(controls.filter(({ off, features }) => !features.line && quick.includes(off[0]!)))(
  "without its guard $off the model finds a broken promise, and tells the shortest way to it",
  (control) => {
    const { outcome, violation } = withoutGuard(control, 20_000);
    expect(outcome).toBe("violation");
    expect(violation!.story[0]).toBe("A asks all nodes, token 0, fencing token 1");
  },
);

test.each(besideControls.filter(({ off }) => !["onlyLengthens", "ownPermits", "samePermits"].includes(off[0]!)))(
  "without its guard $off of $shape.modes the model finds a broken promise",
  (control) => {
    const { outcome, violation } = withoutGuard(control, 20_000);
    expect(outcome).toBe("violation");
    expect(violation!.story[0]).toMatch(/^A asks all nodes/);
  },
);

test("to count permits, and not to number them, lets three have two", () => {
  const control = besideControls.find(({ off }) => off.includes("samePermits"))!;
  const { violation } = withoutGuard(control, 20_000);
  expect(violation!.rule).toBe("there are more holders than permits");
  expect(violation!.story).toHaveLength(9);
});
