import { expect, test } from "vitest";
import { Stage } from "../../../testing/src/sim/stage.ts";
import { ResourceLockedError } from "@quorate/redlock";

test("a caller whose waiting ends as the holder's lock ends leaves no lock that nobody has", async () => {
  const stage = new Stage({ nodes: 3 });
  const { process, redlock } = stage.process("p", { autoExtend: true });
  await stage.until(redlock.acquire("a", 1000, { autoExtend: false }));
  const waiting = redlock.acquire("a", 1000, { waitMs: 800 });
  const outcome = waiting.catch((error: unknown) => error);
  await stage.pass(700);
  // When the process goes on, the end of the waiting comes to its turn before the timer that would tell the loss.
  process.stopFor(500);
  expect(await stage.until(outcome)).toBeInstanceOf(ResourceLockedError);
  await stage.pass(3000);
  expect(stage.keysOf("a").size).toBe(0);
});
