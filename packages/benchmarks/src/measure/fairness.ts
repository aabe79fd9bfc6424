/**
 * Jain's fairness index: 1 when everybody got the same, 1/n when one of n got everything. (R. Jain, D. Chiu and
 * W. Hawe, "A quantitative measure of fairness", 1984.) NaN where nobody got anything.
 */
export function jainIndex(shares: readonly number[]): number {
  const sum = shares.reduce((total, share) => total + share, 0);
  const sumOfSquares = shares.reduce((total, share) => total + share * share, 0);
  return sumOfSquares === 0 ? Number.NaN : (sum * sum) / (shares.length * sumOfSquares);
}
