/** Scenarios of some of K permits, in the order of their ids. */
import type { Scenario } from "../scenario.ts";
import { badOptions } from "./bad-options.ts";
import { deadHolder } from "./dead-holder.ts";
import { forgetfulPool } from "./forgetful-pool.ts";
import { inOrder } from "./in-order.ts";
import { latePick } from "./late-pick.ts";
import { mostPermits } from "./most-permits.ts";
import { neverMore } from "./never-more.ts";
import { oneRound } from "./one-round.ts";
import { rate } from "./rate.ts";
import { stoppedHolders } from "./stopped-holders.ts";
import { strays } from "./strays.ts";
import { twoDown } from "./two-down.ts";
import { twoSizes } from "./two-sizes.ts";
import { weights } from "./weights.ts";

/** P1 to P14. */
export const permitScenarios: readonly Scenario[] = [
  neverMore,
  oneRound,
  deadHolder,
  inOrder,
  strays,
  latePick,
  twoSizes,
  weights,
  twoDown,
  forgetfulPool,
  badOptions,
  mostPermits,
  rate,
  stoppedHolders,
];
