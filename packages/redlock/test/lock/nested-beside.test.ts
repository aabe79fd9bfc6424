/** Inside a lock that is shared a context gets no more than that lock has: it would be alone, and is not. */
import { type AcquireOptions, type Lock, RedlockError } from "@quorate/redlock";
import { expect, test } from "vitest";
import { Stage } from "../../../testing/src/sim/stage.ts";

const WOULD_WAIT = "WOULD_WAIT_FOR_ITSELF";

/** What a context gets that holds "a" with the options `outer`, and asks for it with `inner`. */
function nested(outer: AcquireOptions, inner: AcquireOptions): Promise<string> {
  const stage = new Stage({ nodes: 3 });
  const { redlock } = stage.process("p", { reentrant: true });
  const ask = (): Promise<string> =>
    redlock.acquire("a", 1000, inner).then(
      (lock: Lock) => `${lock.mode} ${lock.permits.length}`,
      (error: unknown) => (error instanceof RedlockError ? error.code : String(error)),
    );
  return stage.until(redlock.using("a", 1000, outer, ask));
}

test.each<[string, AcquireOptions, AcquireOptions, string]>([
  ["alone inside what is shared", { shared: true }, {}, WOULD_WAIT],
  ["as a reader inside what is shared", { shared: true }, { shared: true }, "shared 0"],
  ["as a reader inside what is held alone", {}, { shared: true }, "exclusive 0"],
  // Permits are never nested: one more would be another lock.
  ["a permit inside a permit", { permits: 3 }, { permits: 3 }, "permits 1"],
  ["alone inside a permit", { permits: 3 }, {}, "RESOURCE_LOCKED"],
  ["a permit inside what is shared", { shared: true }, { permits: 3 }, "RESOURCE_LOCKED"],
])("%s", async (_name, outer, inner, got) => {
  expect(await nested(outer, inner)).toBe(got);
});
