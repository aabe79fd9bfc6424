/** A bug that was put in on purpose, to see whether the simulator finds it. */
import type { Edit } from "./patch.ts";

export interface Mutant {
  /** What is wrong, as the first column of the report. */
  readonly name: string;
  readonly edits: readonly Edit[];
  /** Seeds are drawn from this profile alone; a bug that needs rare trouble is found sooner where there is much of it. */
  readonly profile?: string;
}
