import { expect, test } from "vitest";
import { startFleet } from "@quorate/testing";
import { redlock } from "./redlock-process.ts";

const password = "hunter2@#%";

test.each([
  ["run", ["run", "--no-wait", "--durable-nodes", "a", "--", "true"]],
  ["inspect", ["inspect", "a", "--json"]],
  ["doctor", ["doctor"]],
  ["doctor --json", ["doctor", "--json"]],
  ["release", ["release", "a", "--token", "t"]],
])("%s never prints a password, whether it is right or wrong", async (_name, args) => {
  const user = { name: "locker", password, rules: "~* &* +@all" };
  await using fleet = await startFleet({ nodes: 3, server: { user } });
  const wrong = fleet.urls.map((url) => url.replace(encodeURIComponent(password), encodeURIComponent(`${password}x`)));
  for (const urls of [fleet.urls, wrong]) {
    const { stdout, stderr } = await redlock(args, { env: { REDLOCK_NODES: urls.join(",") } });
    expect(stdout + stderr).not.toContain("hunter2");
    expect(stdout + stderr).not.toContain("locker:");
  }
});
