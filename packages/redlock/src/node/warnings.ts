/** What an operator should mend about one node: told once per cause, also to a listener that comes later. */
import type { NodeListener } from "./node.ts";

export class Warnings {
  readonly #byCode = new Map<string, string>();
  #listener: NodeListener | undefined;

  setListener(listener: NodeListener): void {
    this.#listener = listener;
    for (const [code, message] of this.#byCode) listener.onWarning(code, message);
  }

  warn(code: string, message: string): void {
    if (this.#byCode.has(code)) return;
    this.#byCode.set(code, message);
    this.#listener?.onWarning(code, message);
  }

  guardOff(name: string): void {
    this.warn(
      "GUARD_OFF",
      `${name}: the restart guard is off, because the Redis user may not run INFO. Allow it (ACL SETUSER <user> +info), ` +
        "or after a restart keep this node out of use until the longest TTL has passed.",
    );
  }

  releasesDropped(name: string): void {
    this.warn(
      "RELEASES_DROPPED",
      `${name} is away and more releases wait for it than are kept: resources released meanwhile stay locked on it until ` +
        "their TTL ends.",
    );
  }
}
