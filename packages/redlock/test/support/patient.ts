/** Waiters whose back-off is too long to help: what gets them a lock is knowledge. */
import type { RedlockOptions } from "@quorate/redlock";
import { Redlock } from "@quorate/redlock";
import { connectNodes } from "../../src/node/adapt.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { systemRuntime } from "../../src/runtime/system.ts";
import { forTest, type TestRedlock } from "./connect-to.ts";

/** Longer than any test may last. */
export const longBackOffMs = 300_000;

/** The back-off is a random part of its bound: here always nearly all of it. */
const unlucky: Runtime = { ...systemRuntime, random: () => 0.99 };

/** Like `connectTo`; waits for minutes, and would ask by itself again only after minutes. */
export function connectPatient(urls: readonly string[], options: RedlockOptions = {}): TestRedlock {
  const settings = { restartGuardMs: 0, waitMs: 600_000, retryDelayMs: longBackOffMs, ...options };
  return forTest(new Redlock(connectNodes(urls, unlucky), settings, unlucky));
}
