/** Waits for what nobody announces. */

/** Resolves when `condition` holds; rejects when it throws, or after `withinMs`. */
export async function until(condition: () => boolean | Promise<boolean>, withinMs = 10_000): Promise<void> {
  const giveUpAtMs = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > giveUpAtMs) throw new Error(`not so within ${withinMs} ms: ${condition.toString()}`);
    await pause(3);
  }
}

/** For what has to last for a while, never for luck. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
