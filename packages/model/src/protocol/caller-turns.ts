/** What a caller may do by itself: begin, ask again, extend, see time pass, end. */
import type { CallerSteps } from "./caller-steps.ts";
import type { Holding } from "./holding.ts";
import type { Features } from "./features.ts";
import { Phase, type Layout } from "./layout.ts";
import type { Trial } from "./trial.ts";

export class CallerTurns {
  readonly #layout: Layout;
  readonly #hasLine: boolean;
  readonly #canShare: boolean;
  readonly #holding: Holding;
  readonly #callers: CallerSteps;
  readonly #trial: Trial;

  constructor(layout: Layout, features: Features, holding: Holding, callers: CallerSteps, trial: Trial) {
    this.#layout = layout;
    this.#hasLine = features.line;
    this.#canShare = features.share === true;
    this.#holding = holding;
    this.#callers = callers;
    this.#trial = trial;
  }

  emitAll(s: Uint8Array, token: number): void {
    const at = this.#layout;
    const { highestFence } = at.shape;
    const rounds = at.shape.rounds[at.caller(token)]!;
    const phase = s[at.phase(token)]!;
    const sent = s[at.sent(token)]!;
    const caller = callerName(at.caller(token));
    if (this.#callers.canStart(s, token)) {
      // A node that lost its fences is covered by the callers' clocks: who asks later proposes more.
      const byClock = at.shape.losses > 0 ? this.#highestProposed(s) + 1 : undefined;
      for (let fence = byClock ?? 1; fence <= (byClock ?? highestFence); fence++) this.#asks(s, token, fence, caller);
    }
    if (phase === Phase.trying && this.#hasLine && sent < rounds) {
      for (let fence = s[at.fence(token, sent - 1)]!; fence <= highestFence; fence++) {
        this.#trial.try(
          (n) => this.#callers.ask(n, token, fence, 0),
          () => `${caller} asks again, fencing token ${fence} (round ${sent})`,
        );
      }
    }
    if (phase === Phase.held && sent < rounds) {
      this.#trial.try(
        (n) => this.#callers.extend(n, token),
        () => `${caller} extends (round ${sent})`,
      );
      if (this.#mayShare(s, token)) {
        this.#trial.try(
          (n) => this.#callers.share(n, token),
          () => `${caller} shares it from now on (round ${sent})`,
        );
      }
    }
    if (phase === Phase.trying || phase === Phase.held) {
      this.#trial.try(
        (n) => this.#passFull(n, token),
        () => `${caller}: the TTL of round ${s[at.fullOver(token)]!} is over`,
      );
      if (this.#hasLine)
        this.#trial.try(
          (n) => this.#passClaim(n, token),
          () => `${caller}: the claim of round ${s[at.claimOver(token)]!} is over`,
        );
    }
    if (phase !== Phase.idle && phase !== Phase.ended) this.#ends(s, token, caller);
  }

  #asks(s: Uint8Array, token: number, fence: number, caller: string): void {
    const at = this.#layout;
    const mode = at.mode(token);
    // The numbers are alike until somebody has begun at one of them.
    const { permits = 0, starts: most = permits } = at.shape;
    const starts = mode === "permits" && this.#hasBegun(s) ? most : 1;
    for (let start = 0; start < starts; start++) {
      const how = mode === "permits" ? ` for a permit, from ${start} on` : mode === "shared" ? " to share" : "";
      this.#trial.try(
        (n) => this.#callers.ask(n, token, fence, start),
        () => `${caller} asks all nodes${how}, token ${token}, fencing token ${fence}`,
      );
    }
  }

  #hasBegun(s: Uint8Array): boolean {
    const at = this.#layout;
    for (let token = 0; token < at.tokens; token++) if (s[at.phase(token)] !== Phase.idle) return true;
    return false;
  }

  #mayShare(s: Uint8Array, token: number): boolean {
    const at = this.#layout;
    if (at.beside === undefined || at.mode(token) !== "exclusive") return false;
    return this.#canShare && s[at.beside.sharedFrom(token)] === 0;
  }

  #highestProposed(s: Uint8Array): number {
    const at = this.#layout;
    let highest = 0;
    for (let token = 0; token < at.tokens; token++) {
      for (let round = 0; round < s[at.asked(token)]!; round++) highest = Math.max(highest, s[at.fence(token, round)]!);
      highest = Math.max(highest, s[at.nextFence(token)]!);
    }
    return highest;
  }

  #ends(s: Uint8Array, token: number, caller: string): void {
    const at = this.#layout;
    const verb = s[at.phase(token)] === Phase.trying ? "gives up" : "releases";
    const first = this.#hasLine ? s[at.fence(token, 0)]! + 1 : at.shape.highestFence + 1;
    for (let next = first; next <= at.shape.highestFence + 1; next++) {
      const proposed = next > at.shape.highestFence ? 0 : next;
      this.#trial.try(
        (n) => this.#callers.end(n, token, proposed),
        () => `${caller} ${verb}${proposed > 0 ? `, proposing ${proposed} for the next` : ""}`,
      );
    }
  }

  #passFull(s: Uint8Array, token: number): boolean {
    const at = this.#layout;
    const over = s[at.fullOver(token)]!;
    if (over >= s[at.sent(token)]!) return false;
    if (this.#hasLine && over >= s[at.claimOver(token)]!) return false;
    s[at.fullOver(token)]!++;
    if (!this.#hasLine) s[at.claimOver(token)]!++;
    this.#holding.loseIfInvalid(s, token);
    return true;
  }

  #passClaim(s: Uint8Array, token: number): boolean {
    const at = this.#layout;
    if (s[at.claimOver(token)]! >= s[at.sent(token)]!) return false;
    s[at.claimOver(token)]!++;
    this.#holding.loseIfInvalid(s, token);
    return true;
  }
}

function callerName(caller: number): string {
  return String.fromCharCode("A".charCodeAt(0) + caller);
}
