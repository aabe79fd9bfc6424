/** A fault as people read it in a timeline: "partition: nodes 0 1, peers app". */
export function inWords(name: string, details: object): string {
  const words = Object.entries(details)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key} ${Array.isArray(value) ? value.join(" ") : String(value)}`);
  return words.length === 0 ? name : `${name}: ${words.join(", ")}`;
}
