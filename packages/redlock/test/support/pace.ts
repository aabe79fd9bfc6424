/**
 * Facts that a machine can be too busy for. A lock that is kept alive is lost, and rightly, where its process stands
 * still for longer than the TTL: the test of it has seen nothing then, neither good nor bad, and looks again with all
 * times longer. What is wrong at any pace fails at once.
 */

/** Thrown when the machine was too busy for what was to be seen. */
export class TooBusy extends Error {}

/** Plays it with each unit of time in turn, the shortest first, until one shows what it is to show. */
export async function atSomePace(unitsMs: readonly number[], play: (unitMs: number) => Promise<void>): Promise<void> {
  for (const [index, unitMs] of unitsMs.entries()) {
    try {
      return await play(unitMs);
    } catch (error) {
      if (!(error instanceof TooBusy) || index === unitsMs.length - 1) throw error;
    }
  }
}
