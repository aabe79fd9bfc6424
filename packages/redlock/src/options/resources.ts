/** The names of what is locked. A bad one is refused before any I/O. */

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
  checkWellFormed("A resource", resource);
  checkNotDerived(keyPrefix + resource);
  if (byteLength >= 1 && byteLength <= LONGEST_RESOURCE_BYTES) return;
  throw new RangeError(`A resource must be 1 to ${LONGEST_RESOURCE_BYTES} bytes long, got ${byteLength}.`);
}

/** "{a}:fence" is the fence of "a", and "{a}:1:line" the line of "{a}:1": one would keep the other from being used. */
function checkNotDerived(key: string): void {
  // On a Cluster with a number behind it.
  if (/quorate:life(?::\d+)?$/.test(key)) {
    throw new RangeError(
      `A resource's key must not end in "quorate:life", the name of what a node keeps beside all lock keys; got ${show(key)}.`,
    );
  }
  if (!/:(?:fence|line|holders|slots|buried)$/.test(key) || !key.includes("{")) return;
  throw new RangeError(
    `A resource whose key has a "{" must not end in ":fence", ":line", ":holders", ":slots" or ":buried", the names of what is kept beside another ` +
      `one's lock key; got ${show(key)}.`,
  );
}

/**
 * Throws `RangeError` for half of a character that UTF-16 writes in two. No bytes stand for it: on the wire each becomes the
 * same replacement character, and two names would be one key, two tokens one holder. `subject` is for messages.
 */
export function checkWellFormed(subject: string, text: string): void {
  if (text.isWellFormed()) return;
  throw new RangeError(`${subject} must have no lone surrogates: Redis cannot tell them apart; got ${show(text)}.`);
}

/** A value as a message names it. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return "a function";
  if (typeof value === "bigint") return `the BigInt ${value}n`;
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
