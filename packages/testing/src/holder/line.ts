/** What a holder's process and its test tell each other: lines of JSON on its standard output, words on its input. */
import type { HistoryEvent } from "../history/event.ts";

/** How the holder's process is to take its lock; its only argument, as JSON. */
export interface HolderOrder {
  readonly name: string;
  readonly urls: readonly string[];
  readonly resources: readonly string[];
  readonly ttlMs: number;
  readonly autoExtend: boolean;
  readonly restartGuardMs: number;
  readonly waitMs: number;
  readonly nodeTimeoutMs?: number;
  /** How it holds it; alone unless told. `elect`: as the leader. */
  readonly hold?: { readonly shared: true } | { readonly permits: number } | { readonly elect: true };
}

/** What the holder believes at one moment. */
export interface HolderView {
  readonly isHeld: boolean;
  readonly isAborted: boolean;
  readonly remainingMs: number;
  readonly token: string;
  readonly fencingToken: number | undefined;
  /** Of permits, which; else empty. */
  readonly permits: readonly number[];
}

/** One line from the holder. */
export type HolderLine =
  | { readonly event: HistoryEvent }
  | { readonly view: HolderView }
  | { readonly released: string }
  | { readonly failed: string };
