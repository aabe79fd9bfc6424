/** The checks of what callers hand over, before any I/O. */
import { show } from "./check-options.ts";

/** A resource's name is kept in Redis as a key, in full: longer than this is a mistake. */
const LONGEST_RESOURCE_BYTES = 8_192;
const MOST_RESOURCES = 1_000;

/** As a list without duplicates, in the caller's order. */
export function checkResources(resources: string | readonly string[], keyPrefix: string): readonly string[] {
  const list: readonly unknown[] = typeof resources === "string" ? [resources] : resources;
  if (!Array.isArray(list))
    throw new TypeError(`resources must be a string or an array of strings, got ${show(resources)}.`);
  if (list.length === 0 || list.length > MOST_RESOURCES) {
    throw new RangeError(`resources must name 1 to ${MOST_RESOURCES} resources, got ${list.length}.`);
  }
  for (const resource of list) checkResource(resource, keyPrefix);
  if (new Set(list).size < list.length) {
    const twice = list.find((resource, index) => list.indexOf(resource) !== index);
    throw new RangeError(`resources must differ from each other; ${show(twice)} is there twice.`);
  }
  return Object.freeze([...list]) as readonly string[];
}

export function checkResource(resource: unknown, keyPrefix: string): asserts resource is string {
  if (typeof resource !== "string") throw new TypeError(`A resource must be a string, got ${show(resource)}.`);
  const byteLength = Buffer.byteLength(resource);
  // "{a}:fence" is the fence of "a", and "{a}:1:line" the line of "{a}:1": one would be overwritten by the other.
  if (/:(?:fence|line)$/.test(resource) && (keyPrefix + resource).includes("{")) {
    throw new RangeError(
      `A resource whose key has a "{" must not end in ":fence" or ":line", the names of what is kept beside another ` +
        `one's lock key; got ${show(keyPrefix + resource)}.`,
    );
  }
  if (byteLength >= 1 && byteLength <= LONGEST_RESOURCE_BYTES) return;
  throw new RangeError(`A resource must be 1 to ${LONGEST_RESOURCE_BYTES} bytes long, got ${byteLength}.`);
}

export function checkRoutine(routine: unknown): void {
  if (typeof routine !== "function") {
    throw new TypeError(`using needs a routine: using(resources, ttlMs, routine), got ${show(routine)}.`);
  }
}
