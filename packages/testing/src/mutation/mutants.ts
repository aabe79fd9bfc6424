/** All seeded bugs. */
import type { Mutant } from "./mutant.ts";
import { HANDOVER_MUTANTS } from "./mutants-handover.ts";
import { MEMORY_MUTANTS } from "./mutants-memory.ts";
import { NODE_MUTANTS } from "./mutants-node.ts";
import { PERMIT_MUTANTS } from "./mutants-permits.ts";
import { ROUND_MUTANTS } from "./mutants-round.ts";
import { SHARED_MUTANTS } from "./mutants-shared.ts";
import { VALIDITY_MUTANTS } from "./mutants-validity.ts";
import { WAITING_MUTANTS } from "./mutants-waiting.ts";

export const MUTANTS: readonly Mutant[] = [
  ...VALIDITY_MUTANTS,
  ...ROUND_MUTANTS,
  ...NODE_MUTANTS,
  ...MEMORY_MUTANTS,
  ...WAITING_MUTANTS,
  ...HANDOVER_MUTANTS,
  ...SHARED_MUTANTS,
  ...PERMIT_MUTANTS,
];
