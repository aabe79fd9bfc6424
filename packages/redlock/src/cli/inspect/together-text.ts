/** What `inspect` says of a resource that several hold together: readers, or who has which permits. */
import type { LockMode } from "../../core/vote.ts";
import { showDuration } from "../settings/duration.ts";
import { inOneLine } from "../terminal/harmless.ts";
import { countText, lineText, rangesText } from "../terminal/holders.ts";
import { cutMiddle, type Column, type Row } from "../terminal/table.ts";
import type { HolderJson, InspectJson } from "./holding-view.ts";

/** Of very many as many are shown; all are in the JSON. */
const mostRows = 20;
const mostNames = 5;

/** "shared by 3 readers", "4 of 10 permits taken by 3 holders". */
export function togetherText({ mode, holders, waiters }: InspectJson): string {
  if (mode === "shared") return `shared by ${countText(holders.length, "reader")}`;
  const total = Math.max(0, ...(waiters ?? []).map(({ permits }) => permits ?? 0));
  const taken = total === 0 ? countText(countOf(holders), "permit") : `${countOf(holders)} of ${total} permits`;
  return `${taken} taken by ${countText(holders.length, "holder")}`;
}

/** Behind that where there is no table: " (web-1:4711 0, 3; web-2:99 1)". */
export function whoText({ holders }: InspectJson): string {
  const names = holders.map(({ label, holder, permits }) =>
    `${inOneLine(label ?? holder)} ${rangesText(permits)}`.trim(),
  );
  const more = names.length > mostNames ? `; ${names.length - mostNames} more` : "";
  return ` (${names.slice(0, mostNames).join("; ")}${more})`;
}

/** As one node sees it: "3 readers", "4 permits". */
export function heldTogether(mode: LockMode | null, holders: readonly HolderJson[]): string {
  return mode === "shared" ? countText(holders.length, "reader") : countText(countOf(holders), "permit");
}

export function holdersTable({ mode, holders }: InspectJson): [columns: readonly Column[], rows: readonly Row[]] {
  const isPermits = mode === "permits";
  const columns: readonly Column[] = [
    ...(isPermits ? [{ title: "PERMITS" }] : []),
    { title: isPermits ? "HELD BY" : "READER" },
    { title: "TOKEN" },
    { title: "REMAINING", align: "right" },
  ];
  const rows: Row[] = holders.slice(0, mostRows).map((holder) => [
    // The nodes may have given one holder different ones, for a moment.
    ...(isPermits ? [rangesText(holder.permits) || "?"] : []),
    cutMiddle(inOneLine(holder.label ?? "?"), 40),
    holder.holder,
    holder.remainingMs === null ? "no end" : showDuration(holder.remainingMs),
  ]);
  const more = holders.length - mostRows;
  return [columns, more > 0 ? [...rows, { first: "...", rest: `and ${more} more; all with --json` }] : rows];
}

/** Who waits, in order; "" where nobody does, or only for what is held by one. */
export function waitingText({ mode, waiters }: InspectJson): string {
  if (waiters === null || waiters.length === 0) return "";
  const isPlain = mode === "exclusive" && waiters.every((waiter) => waiter.mode === "exclusive");
  return isPlain ? "" : `Waiting, in this order: ${lineText(waiters)}.`;
}

function countOf(holders: readonly HolderJson[]): number {
  return holders.reduce((sum, { permits }) => sum + permits.length, 0);
}
