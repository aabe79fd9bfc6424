/** What the stage and its worker processes tell each other. */
import type { StoreAnswer, StoreRequest } from "./store.ts";

/**
 * How a worker spends its next section:
 * - brief: one change of a few milliseconds, the usual.
 * - long: changes for two and a half TTLs, on auto-extension.
 * - deaf: one change that does not look at the signal, and so writes even when the lock is long lost.
 * - unextended: one change of most of a TTL, without auto-extension.
 */
export type Plan = "brief" | "long" | "deaf" | "unextended";

export interface WorkerSettings {
  readonly name: string;
  readonly urls: readonly string[];
  readonly ttlMs: number;
  readonly guard: boolean;
}

export type ToWorker =
  | { readonly kind: "start"; readonly settings: WorkerSettings }
  | { readonly kind: "plan"; readonly plan: Plan }
  | { readonly kind: "answer"; readonly id: number; readonly answer: StoreAnswer }
  | { readonly kind: "finish" };

export type FromWorker =
  | { readonly kind: "entered"; readonly plan: Plan; readonly fencingToken: number }
  | { readonly kind: "extended" }
  | { readonly kind: "lost"; readonly why: string }
  /** The lock is still held, and given back next. */
  | { readonly kind: "leaving" }
  | { readonly kind: "left"; readonly plan: Plan }
  | { readonly kind: "kept-out"; readonly node: string; readonly forMs: number }
  | { readonly kind: "failed"; readonly message: string }
  /** One event of its history, as a line of JSON. */
  | { readonly kind: "recorded"; readonly line: string }
  | { readonly kind: "finished" }
  | { readonly kind: "ask"; readonly id: number; readonly request: StoreRequest };
