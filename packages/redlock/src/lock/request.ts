/** One acquire call, checked: what every try of it has in common. */
import type { ResolvedCall } from "../resolve-options.ts";

export interface AcquireRequest {
  /** As the user named them. */
  readonly resources: readonly string[];
  /** The same with the key prefix, in the same order. */
  readonly keys: readonly string[];
  readonly call: ResolvedCall;
}
