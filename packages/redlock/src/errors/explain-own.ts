/** Errors of a call that its own process refused, for people: behind its own callers, by a lock of its own, or closed. */
import { RedlockError, ResourceLockedError } from "./errors.ts";
import { listNames } from "./quote.ts";

/** The time was over before the caller was first in this process's line for one of its resources. */
export interface Queued {
  readonly resources: readonly string[];
  readonly resource: string;
  /** 0 while the first in line has no lock yet. */
  readonly heldForMs: number;
  /** Of the holder. */
  readonly label: string | undefined;
  readonly waitersAhead: number;
  readonly elapsedMs: number;
}

export function queuedError({ resources, resource, heldForMs, label, waitersAhead, elapsedMs }: Queued): RedlockError {
  const subject = JSON.stringify(resource);
  const after = `after ${Math.round(elapsedMs)} ms`;
  const othersCount = heldForMs > 0 ? waitersAhead - 1 : waitersAhead;
  const others = `${othersCount} ${othersCount === 1 ? "caller" : "callers"} of this process`;
  const held =
    `${subject} was still held by this process ${after}, and is for at most ${Math.ceil(heldForMs)} ms more unless ` +
    `extended${othersCount === 0 ? "" : `; ${others} stood in between`}`;
  return new ResourceLockedError(
    `${heldForMs > 0 ? held : `${subject}: ${others} stood in line before, still ${after}`}. Wait longer (waitMs), let ` +
      `fewer callers compete for it, or set reentrant where a caller waits for a lock that it holds itself.`,
    { resources, votes: [] },
    resource,
    heldForMs,
    label,
  );
}

/** The caller shares `resource` itself, and wants it alone. */
export function ownReaderError(resources: readonly string[], resource: string): RedlockError {
  return new RedlockError(
    "WOULD_WAIT_FOR_ITSELF",
    `${JSON.stringify(resource)} is shared by the caller itself, and would be waited for without end: take it exclusively in the ` +
      "outer lock and share() it later, or release the outer lock first and look again at what was read.",
    { resources, votes: [] },
  );
}

/** The caller holds `resource` itself, under a lock that has not all the others: waiting would be for itself. */
export function ownedError(resources: readonly string[], resource: string, remainingMs: number): RedlockError {
  return new ResourceLockedError(
    `${JSON.stringify(resource)} is held by the caller itself, in a lock without all of ${listNames(resources)}, and is not ` +
      "waited for: take all of them in the outer lock, or only the others here.",
    { resources, votes: [] },
    resource,
    remainingMs,
  );
}

/** For what waits when its `Redlock` is closed, and for what is asked of it later. */
export function closedError(resources: readonly string[]): RedlockError {
  const message = `${listNames(resources)} was not locked: this Redlock was closed, and takes no more locks.`;
  return new RedlockError("CLOSED", message, { resources, votes: [] });
}
