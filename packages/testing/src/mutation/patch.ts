/**
 * A seeded bug is a textual change to a copy of the sources. Its text must be found exactly once: a bug that no longer
 * fits the code would otherwise silently stop being seeded, and "all caught" would mean nothing.
 */
export interface Edit {
  /** From the folder `packages`, e.g. "redlock/src/core/quorum.ts". */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

export function applyEdit(text: string, { file, find, replace }: Edit): string {
  const count = text.split(find).length - 1;
  if (count !== 1) throw new Error(`out of date: ${JSON.stringify(find)} is found ${count} times in ${file}, not once`);
  return text.replace(find, () => replace);
}
