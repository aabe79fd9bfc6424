/** Plays scenarios, and their controls, in the simulator with several seeds and on real servers. */
import { controlOf, playInSimulator, playOnServers, type Scenario } from "@quorate/testing";
import { describe, expect, test } from "vitest";

const SEEDS = [1, 2];

export function playBoth(scenarios: readonly Scenario[]): void {
  const titled = scenarios.map((scenario) => ({ scenario, title: `${scenario.id}: ${scenario.title}` }));
  const controls = scenarios.flatMap((scenario) =>
    scenario.control === undefined
      ? []
      : [{ scenario: controlOf(scenario, scenario.control), fails: scenario.control.fails }],
  );
  const named = controls.map(({ scenario, fails }) => ({
    scenario,
    fails,
    title: `${scenario.id}: ${scenario.title}`,
  }));

  describe("in the simulator", () => {
    test.each(titled)("$title", async ({ scenario }) => {
      for (const seed of SEEDS) await playInSimulator(scenario, seed);
    });
    test.each(named)("$title", async ({ scenario, fails }) => {
      await expect(playInSimulator(scenario)).rejects.toThrow(fails);
    });
  });

  describe("on real servers", () => {
    test.concurrent.each(titled)("$title", ({ scenario }) => playOnServers(scenario), 60_000);
    test.concurrent.each(named)(
      "$title",
      ({ scenario, fails }) => expect(playOnServers(scenario, () => undefined)).rejects.toThrow(fails),
      60_000,
    );
  });
}
