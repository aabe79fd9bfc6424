/** What the soak's rig and its users' processes tell each other, besides what those of a torture do. */

/** What a user's process found out about itself. Figures by name, for `Sample`. */
export interface UserSample {
  readonly figures: Readonly<Record<string, number>>;
  /** Of each renewal since the sample before: how long after its due time it was asked. */
  readonly lateMs: readonly number[];
}

/** From the rig. */
export type ToSoaker = { readonly sample: true } | { readonly finish: true };

/** From a user's process. */
export type FromSoaker =
  | { readonly sampled: UserSample }
  /** It has closed everything; `left`: what Node still counts as active, by kind. */
  | { readonly left: readonly string[] }
  | { readonly fault: string };
