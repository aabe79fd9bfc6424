import assert from "node:assert/strict";

import type { AcquireOptions } from "@quorate/redlock";

import type { Rig } from "../rig/rig.ts";
import { Wire } from "../rig/wire.ts";
import type { Scenario } from "../scenario.ts";

type Call = readonly [resources: string | readonly string[], options: AcquireOptions, message: RegExp];

const calls: readonly Call[] = [
  ["pool", { permits: 0 }, /permits must be an integer from 1 to 1024, got 0/],
  ["pool", { permits: 1_025 }, /permits must be an integer from 1 to 1024, got 1025/],
  ["pool", { permits: 1.5 }, /permits must be an integer from 1 to 1024, got 1.5/],
  ["pool", { permits: 2, weight: 3 }, /weight must be at most permits \(2\), got 3/],
  ["pool", { permits: 2, shared: true }, /permits must be left out where the lock is shared/],
  [["pool", "other"], { permits: 2 }, /permits must be left out for several resources/],
];

async function refuse(rig: Rig, tried: readonly Call[]): Promise<void> {
  const wire = new Wire();
  let sentCount = 0;
  wire.onSend = () => sentCount++;
  const redlock = await rig.connect("app", {}, { wire });
  for (const [resources, options, message] of tried) {
    const error = await redlock.acquire(resources, 5_000, options).catch((reason: Error) => reason);
    assert.ok(error instanceof RangeError, "refused");
    assert.match(error.message, message);
  }
  assert.equal(sentCount, 0, "before anybody is asked");
}

export const badOptions: Scenario = {
  id: "P11",
  title:
    "permits, weights and what does not go with them are refused before anybody is asked, with the option and its bound",
  nodeCount: 1,
  isPatient: true,
  play: (rig) => refuse(rig, calls),
  control: {
    without: "a bound that is passed",
    fails: /refused/,
    play: (rig) => refuse(rig, [["pool", { permits: 1_024, weight: 1_024 }, /./]]),
  },
};
