/** Which word a misspelt one was meant to be. */

/** `undefined` where none is like it: a wrong guess leads further away. */
export function nearestOf(word: string, known: readonly string[]): string | undefined {
  const [nearest = ""] = known.toSorted((a, b) => editDistance(word, a) - editDistance(word, b));
  return editDistance(word, nearest) <= Math.max(word.length, nearest.length) / 3 ? nearest : undefined;
}

/** Levenshtein's: the least number of letters to insert, delete or replace. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replace, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
