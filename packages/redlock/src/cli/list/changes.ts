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
  const [known, holds] = [holdsIn(before), holdsIn(now)];
  const lines: string[] = [];
  for (const [name, hold] of holds) {
    const last = known.get(name);
    if (last === undefined) lines.push(`${hold.what} ${hold.is} ${hold.who}`);
    else if (last.token !== hold.token) lines.push(`${hold.what} went from ${last.who} to ${hold.who}`);
  }
  const isKnown = now.nodes.filter(({ failure }) => failure === null).length * 2 > now.nodes.length;
  for (const [name, { what, is, who }] of known) {
    if (holds.has(name) || !isKnown) continue;
    lines.push(`${what} ${is.replace("is", "is no longer")} ${who}`);
  }
  return lines;
}

/** What can have one holder at a time: a resource, one of its permits, a reader's part in it. */
interface Hold {
  readonly what: string;
  readonly is: string;
  readonly who: string;
  readonly token: string;
}

function holdsIn(survey: Survey | undefined): Map<string, Hold> {
  const holds = new Map<string, Hold>();
  for (const lock of survey?.locks ?? []) {
    if (!lock.isHeld) continue;
    const { resource, mode, permits, holder } = lock;
    const [name, who] = [JSON.stringify(printable(resource)), whoOf(lock)];
    if (mode === "permits") {
      for (const number of permits) {
        const what = `permit ${number} of ${name}`;
        holds.set(JSON.stringify([resource, number]), { what, is: "is held by", who, token: holder });
      }
    } else {
      const is = mode === "shared" ? "is read by" : "is held by";
      holds.set(JSON.stringify([resource, mode === "shared" && holder]), { what: name, is, who, token: holder });
    }
  }
  return holds;
}

function whoOf({ label, holder }: ListedLock): string {
  return label === null ? `${printable(holder)}…` : `${label} (${printable(holder)}…)`;
}
