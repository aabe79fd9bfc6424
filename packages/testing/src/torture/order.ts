/** What the torture's rig and its users' processes tell each other. */
import type { HandedOverLock, LockMode } from "@quorate/redlock";

/** How a user's process is to behave; its only argument, as JSON. */
export interface UserOrder {
  readonly name: string;
  readonly urls: readonly string[];
  readonly seed: number;
  readonly resources: readonly string[];
  /** Every caller draws its own TTL between these, evenly by order of magnitude. */
  readonly ttlMs: readonly [shortest: number, longest: number];
  readonly restartGuardMs: number;
  /**
   * In which of them its callers hold: each call draws one.
   * @default exclusive
   */
  readonly modes?: readonly LockMode[];
  /** Of each resource, where permits are asked for. */
  readonly permits?: number;
  /** What its locks of that mode are taken with are keys that nobody else looks at: a control of who judges the history. */
  readonly apart?: LockMode | undefined;
  readonly callerCount: number;
  /** Never gives back what it acquires: the control of a soak. */
  readonly isLeaking?: boolean;
  /** Where its events go, a line of JSON each. */
  readonly eventFile: string;
}

/** From the rig. */
export type ToUser = { readonly adopt: HandedOverLock } | { readonly finish: true };

/** From a user's process. */
export type FromUser =
  /** For whoever takes it. */
  | { readonly handedOver: HandedOverLock }
  /** Something that must not happen; for people. */
  | { readonly fault: string }
  | { readonly finished: true };
