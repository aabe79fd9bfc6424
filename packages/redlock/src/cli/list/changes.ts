/** What happened between two looks at a fleet, one line each. */
import { printable } from "./list-text.ts";
import type { ListedLock, Survey } from "./survey.ts";

export function changesBetween(before: Survey | undefined, now: Survey): string[] {
  return [...nodeChanges(before, now), ...lockChanges(before, now)];
}

function nodeChanges(before: Survey | undefined, { nodes }: Survey): string[] {
  return nodes.flatMap(({ node, failure }, index) => {
    const last = before?.nodes[index]?.failure;
    if (failure === null) return last === undefined || last === null ? [] : [`${node} answers again`];
    return last === undefined || last === null ? [`${node} does not answer: ${failure}`] : [];
  });
}

function lockChanges(before: Survey | undefined, now: Survey): string[] {
  const holders = heldIn(before);
  const lines: string[] = [];
  for (const [resource, lock] of heldIn(now)) {
    const last = holders.get(resource);
    if (last === undefined) lines.push(`${nameOf(lock)} is held by ${who(lock)}`);
    else if (last.holder !== lock.holder) lines.push(`${nameOf(lock)} went from ${who(last)} to ${who(lock)}`);
  }
  const isKnown = now.nodes.filter(({ failure }) => failure === null).length * 2 > now.nodes.length;
  for (const [resource, lock] of holders) {
    if (heldIn(now).has(resource) || !isKnown) continue;
    lines.push(`${nameOf(lock)} is no longer held by ${who(lock)}`);
  }
  return lines;
}

function heldIn(survey: Survey | undefined): Map<string, ListedLock> {
  const held = (survey?.locks ?? []).filter(({ isHeld }) => isHeld);
  return new Map(held.map((lock) => [lock.resource, lock]));
}

function nameOf({ resource }: ListedLock): string {
  return JSON.stringify(printable(resource));
}

function who({ label, holder }: ListedLock): string {
  return label === null ? `${printable(holder)}…` : `${label} (${printable(holder)}…)`;
}
