/**
 * A run as text: what happened shortly before something went wrong, one line per event, with the faults in force
 * between them.
 */
import type { HistoryEvent } from "../history/event.ts";
import type { Story, Trouble } from "./story.ts";

const BEFORE_MS = 3000;
/** Who held at the moment of a breach is known by what comes next. */
const AFTER_MS = 50;
const MOST_LINES_BEFORE = 80;
const MOST_LINES_AFTER = 10;

interface Line {
  readonly atMs: number;
  readonly text: string;
}

/**
 * The last three seconds before the first breach and what came right after it, or those before the end, a line per
 * event; times from the beginning.
 */
export function renderTimeline(story: Story): string {
  const { fromMs, toMs, breaches, history, troubles } = story;
  const endMs = breaches[0]?.atMs ?? toMs;
  const lines: Line[] = [
    ...troubles.flatMap(troubleLines),
    ...history.map((event) => ({ atMs: event.monotonicMs, text: describeEvent(event, fromMs) })),
    ...breaches.map(({ atMs, promise, detail }) => ({ atMs, text: `>>> ${promise}: ${detail}` })),
  ];
  lines.sort((a, b) => a.atMs - b.atMs);
  const before = lines.filter(({ atMs }) => atMs >= endMs - BEFORE_MS && atMs <= endMs);
  const after = lines.filter(({ atMs }) => atMs > endMs && atMs <= endMs + AFTER_MS);
  const shown = [...before.slice(-MOST_LINES_BEFORE), ...after.slice(0, MOST_LINES_AFTER)];
  return shown.map(({ atMs, text }) => `${(atMs - fromMs).toFixed(3).padStart(12)}  ${text}`).join("\n");
}

function troubleLines({ fromMs, toMs, text }: Trouble): Line[] {
  return [
    { atMs: fromMs, text: `!!! ${text}` },
    { atMs: toMs, text: `    end of ${text}` },
  ];
}

/** Attempts of the simulator are named after who makes them. */
function who({ holder, attempt }: { readonly holder: string; readonly attempt: string }): string {
  return attempt.startsWith(holder) ? attempt : `${holder} (${attempt})`;
}

function describeEvent(event: HistoryEvent, fromMs: number): string {
  switch (event.kind) {
    case "attempted":
      return `${who(event)} asks for ${event.resources.join("+")}`;
    case "refused":
      return `${who(event)} gives up: ${event.reason}`;
    case "granted":
    case "extended": {
      const fence = event.fencingToken === undefined ? "" : ` fence ${event.fencingToken}`;
      const validity = `valid until ${(event.validUntilMs - fromMs).toFixed(3)}`;
      return `${who(event)} ${event.kind} ${event.resources.join("+")} token ${event.token.slice(0, 6)}${fence}, ${validity}`;
    }
    case "shared":
    case "lost":
    case "released":
      return `${who(event)} ${event.kind} ${event.resources.join("+")} token ${event.token.slice(0, 6)}`;
    case "died":
      return `${event.holder} is killed`;
    case "inspected":
      return `node ${event.node} keeps ${event.found.map(({ resource, token }) => `${resource}=${token.slice(0, 6)}`).join(" ")}`;
    case "disturbed":
      return `disturbed: ${event.cause}`;
    case "calmed":
      return "all faults are over";
  }
}
