/** Waits for what a server does not announce. */
const lookAgainAfterMs = 3;

/** Resolves when `condition` holds; rejects when it throws, or after `withinMs`. */
export async function until(condition: () => Promise<boolean>, withinMs = 20_000): Promise<void> {
  const giveUpAtMs = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > giveUpAtMs) throw new Error(`not so within ${withinMs} ms: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, lookAgainAfterMs));
  }
}
