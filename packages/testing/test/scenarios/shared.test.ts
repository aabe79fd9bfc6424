/** Readers beside each other, never beside a writer: each fact on both rigs, and without its guard. */
import { sharedScenarios } from "@quorate/testing";

import { playBoth } from "./play-both.ts";

playBoth(sharedScenarios);
