/**
 * One lock as its holder was told of it, judged by the holder's own clocks: a second, naive reading of what the
 * library works out, so that a mistake in one does not hide in the other.
 */
import type { Lock } from "@quorate/redlock";
import type { ClockReading } from "@quorate/redlock/node";

import type { SimProcess } from "../process.ts";
import type { Beside } from "../user/beside.ts";
import { keepApart, type Ways } from "./ways.ts";

/** The library reads two of its clocks in coarse steps, so the same validity looks a little longer now and then. */
export const READING_ERROR_MS = 11;

export class Claim {
  readonly process: SimProcess;
  readonly lock: Lock;
  readonly resources: readonly string[];
  readonly token: string;
  readonly fencingToken: number | undefined;
  /** How it is held: `share()` changes it. */
  beside: Beside | undefined;
  /** True times. */
  readonly calledAtMs: number;
  readonly grantedAtMs: number;
  /** What it got, not what it asked for last. */
  ttlMs: number;
  releasedAtMs: number | undefined;
  toldAtMs: number | undefined;
  /** Another handle of the same lock was made of it: who has that one holds the lock. */
  isGivenAway = false;
  /** The library extends it by itself. */
  isRenewed = false;
  /** What one round of it waits for a node. */
  roundMs = 0;
  #readAt: ClockReading;
  #validForMs: number;

  constructor(
    process: SimProcess,
    lock: Lock,
    { calledAtMs, beside }: { readonly calledAtMs: number; readonly beside: Beside | undefined },
    nowMs: number,
  ) {
    this.process = process;
    this.lock = lock;
    this.resources = lock.resources;
    this.token = lock.token;
    this.fencingToken = lock.fencingToken;
    this.beside = beside;
    this.calledAtMs = calledAtMs;
    this.grantedAtMs = nowMs;
    this.ttlMs = lock.ttlMs;
    this.#readAt = process.clocks.readExactly();
    this.#validForMs = lock.remainingMs();
  }

  /** Whether the holder has more time than it was told of before. */
  renew(): boolean {
    if (this.hasEnded) return false;
    const validForMs = this.lock.remainingMs();
    // The question itself can be what finds the lock lost.
    if (validForMs === 0 || validForMs <= this.remainingMs() + READING_ERROR_MS) return false;
    this.#readAt = this.process.clocks.readExactly();
    this.#validForMs = validForMs;
    return true;
  }

  /** Released, or its loss was told: the holder no longer believes in it. */
  get hasEnded(): boolean {
    return this.releasedAtMs !== undefined || this.toldAtMs !== undefined || this.process.isKilled;
  }

  /** What is left on the holder's own clocks: the one that moved most counts. */
  remainingMs(): number {
    const now = this.process.clocks.readExactly();
    const since = this.#readAt;
    const elapsedMs = Math.max(
      now.monotonicMs - since.monotonicMs,
      now.wallMs - since.wallMs,
      now.bootMs - since.bootMs,
    );
    return this.#validForMs - elapsedMs;
  }

  get isHeld(): boolean {
    return !this.hasEnded && this.remainingMs() > 0;
  }

  /** In true time from now, as long as nobody touches the holder's clocks. */
  get trueRemainingMs(): number {
    return this.remainingMs() / this.process.clocks.rate;
  }

  /** How it holds one of its resources. */
  waysOf(resource: string): Ways {
    const { beside } = this;
    if (beside !== undefined && "permits" in beside) return { mode: "permits", numbers: this.lock.permits };
    return { mode: beside?.shared.includes(resource) === true ? "shared" : "exclusive", numbers: [] };
  }

  /** Whether the two cannot be held at one time. */
  keepsOut(other: Claim): boolean {
    const both = this.resources.filter((resource) => other.resources.includes(resource));
    return both.some((resource) => keepApart(this.waysOf(resource), other.waysOf(resource)));
  }

  /** For messages. */
  get title(): string {
    const numbers = this.lock.permits.length > 0 ? `permits ${this.lock.permits.join()} of ` : "";
    const shared =
      this.beside !== undefined && "shared" in this.beside ? `, ${this.beside.shared.join("+")} shared` : "";
    const fence = this.fencingToken ?? "off";
    return `${this.process.name} token ${this.token.slice(0, 6)} fence ${fence} on ${numbers}${this.resources.join("+")}${shared}`;
  }
}
