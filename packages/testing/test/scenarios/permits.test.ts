/** At most K at once, and one leader: each fact on both rigs, and without its guard. */
import { killedLeader, permitScenarios } from "@quorate/testing";

import { playBoth } from "./play-both.ts";

playBoth([...permitScenarios, killedLeader]);
