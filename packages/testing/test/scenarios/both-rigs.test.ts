/** Every scenario in the simulator, with several seeds, and on real servers. */
import { findClockShim, playInSimulator, playOnServers, scenarios } from "@quorate/testing";
import { describe, expect, test } from "vitest";

const SEEDS = [1, 2];
const { available } = await findClockShim();
const titled = scenarios.map((scenario) => ({ scenario, title: `${scenario.id}: ${scenario.title}` }));

describe("in the simulator", () => {
  test.each(titled)("$title", async ({ scenario }) => {
    for (const seed of SEEDS) await playInSimulator(scenario, seed);
  });
});

describe("on real servers", () => {
  const playable = titled.filter(
    ({ scenario: { id, isSimulatedOnly } }) => isSimulatedOnly !== true && (available || id !== "C13"),
  );
  test.concurrent.each(playable)("$title", ({ scenario }) => playOnServers(scenario), 60_000);
});

test("each fault that a peer was seen to have is a scenario", () => {
  expect(scenarios.filter(({ peerFault }) => peerFault !== undefined)).toHaveLength(11);
});
