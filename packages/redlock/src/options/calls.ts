/** What the calls of one `Redlock` ask for, checked and with the constructor's defaults. */
import { checkResources } from "./check.ts";
import { holdOf } from "./hold.ts";
import type { AcquireOptions } from "./options.ts";
import { resolveCall, type AcquireRequest, type ResolvedCall, type ResolvedOptions } from "./resolve.ts";

export class Calls {
  readonly #options: ResolvedOptions;
  readonly #plainCalls: (ResolvedCall | undefined)[] = [undefined, undefined];

  constructor(options: ResolvedOptions) {
    this.#options = options;
  }

  /** Throws before any I/O. `method` is for messages; `autoExtend` is the method's default. */
  request(
    method: string,
    resources: string | readonly string[],
    ttlMs: number,
    options: AcquireOptions | undefined,
    autoExtend: boolean,
  ): AcquireRequest {
    const { keyPrefix } = this.#options;
    const checked = checkResources(resources, keyPrefix);
    const call =
      options === undefined
        ? this.#plainCall(method, ttlMs, autoExtend)
        : resolveCall(method, ttlMs, options, this.#options, autoExtend);
    const keys = keyPrefix === "" ? checked : checked.map((resource) => keyPrefix + resource);
    const hold = options === undefined ? undefined : holdOf(checked, call);
    return { resources: checked, keys, call, hold };
  }

  /** Without options of its own a call is like the last one of that TTL, and held locks share it. */
  #plainCall(method: string, ttlMs: number, autoExtend: boolean): ResolvedCall {
    const known = this.#plainCalls[autoExtend ? 1 : 0];
    if (known !== undefined && known.ttlMs === ttlMs) return known;
    const call = resolveCall(method, ttlMs, undefined, this.#options, autoExtend);
    this.#plainCalls[autoExtend ? 1 : 0] = call;
    return call;
  }
}
