/** The same on real servers: what the nodes keep, and whom they tell. */
import { startFleet } from "@quorate/testing";
import { expect, test } from "vitest";
import { connectTo } from "../support/connect-to.ts";
import { until } from "../support/until.ts";

test("on real servers a leader is followed, resigns to the next, and what is kept is kept", async () => {
  await using fleet = await startFleet({ nodes: 3 });
  await using one = connectTo(fleet.urls, { label: "one" });
  await using two = connectTo(fleet.urls, { label: "two" });
  const seen: (string | undefined)[] = [];
  const end = new AbortController();
  const following = (async () => {
    for await (const leader of two.follow("a", { signal: end.signal })) seen.push(leader?.label);
  })().catch(() => {});
  const quit = new AbortController();
  const lead = (redlock: typeof one) =>
    redlock.elect("a", 5_000, { signal: quit.signal }, async (signal) => {
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
    });
  await until(() => seen.length === 1);
  const first = lead(one);
  await until(() => seen.at(-1) === "one");
  const stop = new AbortController();
  const second = two.elect("a", 5_000, { signal: stop.signal }, async (signal) => {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
  });
  quit.abort();
  await first;
  await until(() => seen.at(-1) === "two");
  stop.abort();
  await second;
  await until(() => seen.at(-1) === undefined);
  expect(seen.filter((label) => label !== undefined)).toEqual(["one", "two"]);
  end.abort();
  await following;

  expect(await one.tryUsing("b", 5_000, { minHoldMs: 60_000 }, () => "ran")).toBe("ran");
  expect(await two.tryUsing("b", 5_000, undefined, () => "ran")).toBeNull();
  const { verdict, token, remainingMs } = await two.inspect("b");
  expect([verdict, token?.startsWith("kept "), remainingMs > 50_000]).toEqual(["held", true, true]);
});
