/** Looks at all processes of a soak at one moment. */
import type { Crew } from "../torture/crew.ts";
import type { Places } from "../torture/places.ts";
import type { FromSoaker, UserSample } from "./messages.ts";
import { isLockKey } from "../lock-key.ts";

/** Figures by name, e.g. "user0 heap"; of a process that did not answer there are none. */
export interface Sample {
  readonly atMs: number;
  readonly figures: Readonly<Record<string, number>>;
}

const ANSWER_WITHIN_MS = 5_000;

export class Sampler {
  readonly samples: Sample[] = [];
  readonly lateMs: number[] = [];
  /** What users said is left after their end; one entry for each who did. */
  readonly left: string[][] = [];
  readonly #crew: Crew;
  readonly #places: Places;
  readonly #waiting = new Map<number, (sample: UserSample) => void>();

  constructor(crew: Crew, places: Places) {
    this.#crew = crew;
    this.#places = places;
    crew.onMessage = (message, place) => this.#hear(message as FromSoaker, place);
  }

  async take(atMs: number): Promise<void> {
    const figures: Record<string, number> = {};
    const users = Array.from({ length: this.#crew.size }, (_, place) => this.#askUser(place, figures));
    const nodes = Array.from({ length: this.#places.count }, (_, node) => this.#askNode(node, figures));
    await Promise.all([...users, ...nodes]);
    this.samples.push({ atMs, figures });
  }

  async #askUser(place: number, figures: Record<string, number>): Promise<void> {
    const sample = await new Promise<UserSample | undefined>((resolve) => {
      const timer = setTimeout(() => resolve(undefined), ANSWER_WITHIN_MS);
      this.#waiting.set(place, (sampled) => {
        clearTimeout(timer);
        resolve(sampled);
      });
      if (this.#crew.send(place, { sample: true })) return;
      clearTimeout(timer);
      resolve(undefined);
    });
    if (sample === undefined) return;
    for (const [name, value] of Object.entries(sample.figures)) figures[`user${place} ${name}`] = value;
    for (const late of sample.lateMs) this.lateMs.push(late);
  }

  /** A server may be down or be killed meanwhile: then there are no figures of it. */
  async #askNode(node: number, figures: Record<string, number>): Promise<void> {
    const server = this.#places.at(node);
    if (server.state !== "running") return;
    try {
      const info = String(await server.command("INFO"));
      const keys = await server.keys();
      figures[`node${node} used_memory`] = infoNumber(info, "used_memory");
      figures[`node${node} clients`] = infoNumber(info, "connected_clients");
      figures[`node${node} lines`] = keys.filter((key) => key.endsWith(":line")).length;
      figures[`node${node} fences`] = keys.filter((key) => key.endsWith(":fence")).length;
      figures[`node${node} lock keys`] = keys.filter(isLockKey).length;
    } catch {
      return;
    }
  }

  #hear(message: FromSoaker, place: number): void {
    if ("left" in message) this.left.push([...message.left]);
    if (!("sampled" in message)) return;
    this.#waiting.get(place)?.(message.sampled);
    this.#waiting.delete(place);
  }
}

/** One field of an INFO. */
export function infoNumber(info: string, field: string): number {
  return Number(new RegExp(`^${field}:(\\d+)`, "m").exec(info)?.[1]);
}
