/** Scenarios of readers beside each other and a writer, in the order of their ids. */
import type { Scenario } from "../scenario.ts";
import { aloneInsideShared } from "./alone-inside-shared.ts";
import { clocksOfReaders } from "./clocks-of-readers.ts";
import { cutOffReader } from "./cut-off-reader.ts";
import { deadReader } from "./dead-reader.ts";
import { forgetfulReaders } from "./forgetful-readers.ts";
import { fromWriterToReader } from "./from-writer-to-reader.ts";
import { fullNode } from "./full-node.ts";
import { lastReader } from "./last-reader.ts";
import { lateReader } from "./late-reader.ts";
import { lateWriter } from "./late-writer.ts";
import { mixed } from "./mixed.ts";
import { otherLibraries } from "./other-libraries.ts";
import { readersAndWriters } from "./readers-and-writers.ts";
import { readersWithoutPause } from "./readers-without-pause.ts";

/** S1 to S14. */
export const sharedScenarios: readonly Scenario[] = [
  readersAndWriters,
  deadReader,
  readersWithoutPause,
  otherLibraries,
  lastReader,
  fromWriterToReader,
  aloneInsideShared,
  clocksOfReaders,
  lateReader,
  forgetfulReaders,
  cutOffReader,
  fullNode,
  mixed,
  lateWriter,
];
