/** How a call wants to hold its resources together with others: as one of those who share, or with some of K permits. */

export type Hold =
  /** `indexes`: which of the keys are shared; the others are exclusive. */
  | { readonly mode: "shared"; readonly indexes: readonly number[] }
  /** `of`: how many there are; `weight`: how many of them are wanted, all or none. */
  | { readonly mode: "permits"; readonly of: number; readonly weight: number };

/** What of a call says so. */
interface HoldOptions {
  readonly shared: boolean | readonly string[];
  readonly permits: number | undefined;
  readonly weight: number;
}

/** `undefined`: alone. Throws `RangeError` for what the resources do not go with. */
export function holdOf(resources: readonly string[], { shared, permits, weight }: HoldOptions): Hold | undefined {
  if (permits !== undefined) {
    if (resources.length === 1) return { mode: "permits", of: permits, weight };
    throw new RangeError(
      `Option permits must be left out for several resources: they are of one, got ${resources.length}.`,
    );
  }
  if (shared === false) return undefined;
  if (shared === true) return { mode: "shared", indexes: resources.map((_, index) => index) };
  for (const name of shared) {
    if (resources.includes(name)) continue;
    throw new RangeError(`Option shared must name resources of the call; ${JSON.stringify(name)} is none of them.`);
  }
  const indexes = [...resources.keys()].filter((index) => shared.includes(resources[index]!));
  return indexes.length === 0 ? undefined : { mode: "shared", indexes };
}
