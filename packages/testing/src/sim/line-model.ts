/**
 * The line of a resource as one node keeps it: who waits, lowest ticket first, and until when each place is kept. Part
 * of the specification of the Lua script, where this text is a key of its own beside the fence.
 */
import type { LinePlace } from "@quorate/redlock/node";

export interface Waiter {
  readonly ticket: number;
  readonly waiter: string;
  readonly keptUntilMs: number;
}

const MOST_PLACES = 1000;

/** The key of the line, for a fence key. */
export function lineKey(fenceKey: string): string {
  return fenceKey.replace(/fence$/, "line");
}

/** The live places in order, without those of `leaver`. */
export function readLine(text: string, nowMs: number, leaver: string | undefined): Waiter[] {
  const places = text.split("\n").flatMap((line) => {
    const [ticket, waiter, keptUntilMs] = line.split(" ");
    return waiter === undefined ? [] : { ticket: Number(ticket), waiter, keptUntilMs: Number(keptUntilMs) };
  });
  return places.filter(({ waiter, keptUntilMs }) => keptUntilMs > nowMs && waiter !== leaver);
}

export function writeLine(places: readonly Waiter[]): string {
  return places
    .map(({ ticket, waiter, keptUntilMs }) => `${String(ticket).padStart(16, "0")} ${waiter} ${keptUntilMs}\n`)
    .join("");
}

/** With one more place, in order; `undefined` when there is no room. */
export function stand(
  places: readonly Waiter[],
  { ticket, waiter, keepMs }: LinePlace,
  nowMs: number,
): Waiter[] | undefined {
  if (places.length >= MOST_PLACES) return undefined;
  const all = [...places, { ticket, waiter, keptUntilMs: nowMs + keepMs }];
  return all.sort((a, b) => (isBefore(a, b) ? -1 : 1));
}

/** By ticket, and by name where two came in the same microsecond. */
export function isBefore(a: Pick<LinePlace, "ticket" | "waiter">, b: Pick<LinePlace, "ticket" | "waiter">): boolean {
  return a.ticket < b.ticket || (a.ticket === b.ticket && a.waiter < b.waiter);
}
