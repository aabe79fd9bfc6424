/** What a caller wants next: by habit, and by its own dice. */
import type { Habits } from "../plan.ts";
import type { Prng } from "../prng.ts";
import { type Beside, drawBeside } from "./beside.ts";

export interface Wish {
  readonly resources: string[];
  readonly ttlMs: number;
  readonly nodeTimeoutMs: number | undefined;
  readonly waitMs: number;
  readonly autoExtend: boolean;
  /** `undefined`: alone. */
  readonly beside: Beside | undefined;
}

/** What the library makes of a node timeout that is left out. */
export function defaultTimeoutMs(ttlMs: number): number {
  return Math.min(ttlMs, 1000, Math.max(50, ttlMs / 20));
}

/** What one caller keeps to in all that it asks for. */
export class Taste {
  readonly #prng: Prng;
  readonly #habits: Habits;
  readonly ttlMs: number;
  nodeTimeoutMs: number | undefined;

  /** `process`: which one it is of. */
  constructor(prng: Prng, habits: Habits, process: number) {
    this.#prng = prng;
    this.#habits = habits;
    const { ttlMsByProcess: byProcess } = habits;
    const range = byProcess?.[process % byProcess.length] ?? habits.ttlMs;
    this.ttlMs = Math.round(prng.orderBetween(...range));
    this.nodeTimeoutMs = this.#drawNodeTimeout();
  }

  /** `above`: only resources that come after this one. */
  draw(above: string = ""): Wish {
    const { waitsMs, autoExtendProbability } = this.#habits;
    const drawn = this.#drawResources(above);
    const beside = drawBeside(this.#prng, this.#habits, drawn);
    return {
      // Permits are of one resource.
      resources: beside !== undefined && "permits" in beside ? drawn.slice(0, 1) : drawn,
      beside,
      ttlMs: this.ttlMs,
      nodeTimeoutMs: this.nodeTimeoutMs,
      waitMs: this.#prng.pick(waitsMs),
      autoExtend: this.#prng.chance(autoExtendProbability),
    };
  }

  /** Options that do not go together were refused: a round may not outlast the memory of the fences. */
  shorten(fenceRetentionMs: number = Infinity): void {
    if ((this.nodeTimeoutMs ?? Infinity) <= fenceRetentionMs) throw new Error("options that go together were refused");
    this.nodeTimeoutMs = fenceRetentionMs;
  }

  /** In any order: two callers may name the same resources the other way round. */
  #drawResources(above: string): string[] {
    const all = this.#habits.resources.filter((resource) => resource > above);
    const count = this.#prng.chance(this.#habits.severalProbability) ? this.#prng.integer(1, all.length) : 1;
    const resources: string[] = [];
    while (resources.length < count) resources.push(...all.splice(this.#prng.integer(0, all.length - 1), 1));
    return resources;
  }

  /** Never shorter than a round needs, by default either. */
  #drawNodeTimeout(): number | undefined {
    const [fromMs, toMs] = this.#habits.nodeTimeoutMs;
    const isDefault = this.#prng.chance(this.#habits.defaultTimeoutProbability);
    const drawnMs = Math.round(this.#prng.orderBetween(fromMs, toMs));
    return isDefault && defaultTimeoutMs(this.ttlMs) >= fromMs ? undefined : drawnMs;
  }
}
